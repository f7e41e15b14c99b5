"""What is being typed survives a reload mid-word: each keystroke is kept in the browser until the server has it.

Text fields send what they hold after a pause, text areas when they are left. Until then only the browser knows it. This
small component keeps each keystroke in the browser's own storage, sends a text area after a pause too, and after a
reload puts back what the server had not heard of.
"""

import hashlib

import streamlit as st

from ocem.ui.database import database
from ocem.ui.guard import Here

JS = """
const FIELDS = '[data-testid="stTextArea"] textarea, [data-testid="stTextInput"] input'
const PAUSE_MS = 900, HEARD_MS = 4000, TOO_OLD_MS = 12 * 3600 * 1000
// A field drawn anew takes the server's text once more, so that one attempt may come too early.
const RETRIES_MS = [0, 300, 900, 2000, 4000, 8000]

const start = () => {
  const room = { scope: '', prefix: 'st-key-review_', life: Date.now() + '-' + Math.random() }
  const seen = new WeakSet(), touched = new WeakSet(), pauses = new WeakMap()
  const nameOf = field => {
    const box = field.closest('[class*="' + room.prefix + '"]')
    const name = box && [...box.classList].find(one => one.startsWith(room.prefix))
    return name ? 'oce-draft:' + room.scope + ':' + name : null
  }
  const read = name => { try { return JSON.parse(localStorage.getItem(name)) } catch (error) { return null } }
  const leave = field => field.dispatchEvent(new FocusEvent('focusout', { bubbles: true }))
  const forget = (field, name, value) => setTimeout(() => {
    const kept = read(name), stands = !field.isConnected || field.value === value || field.value === ''
    if (kept && kept.value === value && stands && navigator.onLine) localStorage.removeItem(name)
  }, HEARD_MS)
  const typed = event => {
    const field = event.target
    if (!(field instanceof HTMLElement) || !field.matches(FIELDS)) return
    const name = nameOf(field)
    if (!name) return
    if (event.isTrusted) touched.add(field)
    const value = field.value
    try {
      localStorage.setItem(name, JSON.stringify({ value, at: Date.now(), life: room.life }))
    } catch (error) { return }
    clearTimeout(pauses.get(field))
    pauses.set(field, setTimeout(() => {
      if (field.isConnected && field.tagName === 'TEXTAREA') leave(field)
      forget(field, name, value)
    }, PAUSE_MS))
  }
  const putBack = field => {
    if (seen.has(field) || field.disabled) return
    const name = nameOf(field)
    if (!name) return
    seen.add(field)
    const kept = read(name)
    if (!kept || kept.life === room.life) return
    if (kept.value === field.value || Date.now() - kept.at > TOO_OLD_MS) return localStorage.removeItem(name)
    for (const wait of RETRIES_MS) setTimeout(() => put(field, kept.value), wait)
    // Where the server's own text came in the meantime nothing is put back, and what was kept has done its work.
    setTimeout(() => forget(field, name, kept.value), RETRIES_MS.at(-1))
  }
  const put = (field, value) => {
    if (!field.isConnected || touched.has(field) || field.value === value) return
    const kind = field.tagName === 'TEXTAREA' ? HTMLTextAreaElement : HTMLInputElement
    Object.getOwnPropertyDescriptor(kind.prototype, 'value').set.call(field, value)
    field.dispatchEvent(new Event('input', { bubbles: true }))
    setTimeout(() => leave(field), 60)
  }
  room.look = () => document.querySelectorAll(FIELDS).forEach(putBack)
  document.addEventListener('input', typed, true)
  let waiting = 0
  const soon = () => { waiting ||= setTimeout(() => { waiting = 0; room.look() }, 150) }
  new MutationObserver(soon).observe(document.body, { childList: true, subtree: true })
  return room
}

export default function (component) {
  const room = window.oceKeeper ??= start()
  room.scope = component.data.scope
  room.look()
}
"""
_component = st.components.v2.component("oce_keeper", html="<i hidden></i>", js=JS)


def watch(here: Here) -> None:
    """Keep what is typed on the review page, apart for each store and person."""
    scope = hashlib.sha256(f"{database().path}|{here.person.name}".encode()).hexdigest()[:12]
    with st.container(key="oce_keeper", height=1, border=False):
        _component(key="keeper", data={"scope": scope})
