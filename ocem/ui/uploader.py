"""The drop zone: files go to the server in one stream each, with progress, and the page learns their numbers."""

import secrets
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from ocem.i18n import Words
from ocem.ui import upload_route

HTML = """
<div class="zone">
  <input id="files" type="file" multiple hidden accept=".csv,.txt,.tsv,.xlsx,.xlsm,.xls,.ods,.gz,.zip,.html">
  <button type="button" id="choose"></button>
  <p id="hint"></p>
  <ul id="list" aria-live="polite"></ul>
</div>
"""
CSS = """
.zone { border: 1.5px dashed var(--st-border-color); border-radius: var(--st-base-radius); padding: 1.1rem 1.2rem;
  font-family: var(--st-font); color: var(--st-text-color); background: var(--st-secondary-background-color);
  display: grid; grid-template-columns: auto 1fr; gap: .4rem 1rem; align-items: center; }
.zone.over { border-color: var(--st-primary-color); }
button { font: inherit; font-weight: 600; padding: .5rem 1rem; border-radius: var(--st-button-radius); cursor: pointer;
  border: 1px solid var(--st-primary-color); background: var(--st-primary-color); color: #fff; }
button:focus-visible { outline: 2px solid var(--st-text-color); outline-offset: 2px; }
p { margin: 0; opacity: .8; font-size: .93rem; }
ul { grid-column: 1 / -1; list-style: none; margin: 0; padding: 0; display: grid; gap: .3rem; }
ul:empty { display: none; }
li { font-size: .93rem; display: grid; grid-template-columns: 1fr 8rem; gap: .8rem; align-items: center; }
progress { width: 100%; height: .5rem; accent-color: var(--st-primary-color); }
li.refused { color: var(--st-red-text-color); grid-template-columns: 1fr; }
@media (max-width: 640px) { .zone { grid-template-columns: 1fr; } }
"""
JS = """
export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const zone = parentElement.querySelector('.zone')
  const input = parentElement.querySelector('#files')
  const list = parentElement.querySelector('#list')
  const choose = parentElement.querySelector('#choose')
  choose.textContent = data.choose
  parentElement.querySelector('#hint').textContent = data.hint

  const send = file => new Promise(resolve => {
    const row = document.createElement('li')
    const name = document.createElement('span')
    const bar = document.createElement('progress')
    name.textContent = file.name
    bar.max = 1
    row.append(name, bar)
    list.append(row)
    const refuse = reason => {
      row.className = 'refused'
      row.replaceChildren(file.name + ': ' + reason)
      resolve(null)
    }
    if (!file.size) return refuse(data.empty)
    const request = new XMLHttpRequest()
    request.open('PUT', data.address + '?name=' + encodeURIComponent(file.name))
    request.upload.onprogress = event => { if (event.lengthComputable) bar.value = event.loaded / event.total }
    request.onload = () => {
      let answer = {}
      try { answer = JSON.parse(request.responseText) } catch (error) { answer = {} }
      if (request.status === 201) { row.remove(); resolve(answer.upload) } else refuse(answer.reason || data.failed)
    }
    request.onerror = () => refuse(data.failed)
    request.send(file)
  })
  const sendAll = async files => {
    const done = []
    for (const file of files) { const number = await send(file); if (number) done.push(number) }
    if (done.length) setTriggerValue('uploaded', done)
  }
  choose.onclick = () => input.click()
  input.onchange = () => { const files = [...input.files]; input.value = ''; list.replaceChildren(); sendAll(files) }
  zone.ondragover = event => { event.preventDefault(); zone.classList.add('over') }
  zone.ondragleave = () => zone.classList.remove('over')
  zone.ondrop = event => {
    event.preventDefault()
    zone.classList.remove('over')
    list.replaceChildren()
    sendAll([...event.dataTransfer.files])
  }
}
"""
_component = st.components.v2.component("oce_uploader", html=HTML, css=CSS, js=JS)


@dataclass(frozen=True)
class Waiting:
    """A file that has arrived and waits to be checked."""

    upload: str
    path: Path

    @property
    def name(self) -> str:
        """The name a person gave it."""
        return self.path.name


def session() -> str:
    """Return the number under which this session's uploads are kept."""
    return str(st.session_state.setdefault("_upload_session", secrets.token_hex(16)))


def drop_zone(words: Words) -> list[Waiting]:
    """Draw the drop zone; return the files that have just arrived."""
    _ = words.gettext
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    token = upload_route.token(session(), words.lang)
    result = _component(
        key="uploader",
        data={
            "address": f"/{base}/api/upload/{token}".replace("//", "/"),
            "choose": _("Choose files"),
            "hint": _("or drop them here: CSV or XLSX exports, as your systems write them"),
            "failed": _("The upload broke off. Try again."),
            "empty": _("The file is empty."),
        },
        on_uploaded_change=lambda: None,
    )
    numbers = result.uploaded or []
    found = [(number, upload_route.find(session(), str(number))) for number in numbers]
    return [Waiting(str(number), path) for number, path in found if path is not None]
