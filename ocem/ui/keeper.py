"""What is being typed survives a reload mid-word: the browser keeps each keystroke until the server has stored it.

Text fields reach the script when they are left or after a pause, and only once it has time. This small component
sends what is typed to a route of its own, which stores it at once, and once more when the tab is left. What could not
be sent, because the server was away, stays in the browser's own storage and is sent by the next page; the script then
fills the field.
"""

import hashlib

import streamlit as st

from ocem.ui.database import database
from ocem.ui.draft import Room

JS = """
const FIELDS = '[data-testid="stTextArea"] textarea, [data-testid="stTextInput"] input'
const PREFIX = 'st-key-review_', PAUSE_MS = 250, AGAIN_MS = 3000, TOO_OLD_MS = 12 * 3600 * 1000

const start = () => {
  const room = { life: Date.now() + '-' + Math.random(), arrived: () => {} }
  const seen = new WeakSet(), stood = new WeakMap(), waiting = new Map()
  let pause = 0
  const isField = field => field instanceof HTMLElement && field.matches(FIELDS)
  const nameOf = field => {
    const box = field.closest('[class*="' + PREFIX + '"]')
    return box && [...box.classList].find(one => one.startsWith(PREFIX))
  }
  const place = name => 'oce-draft:' + room.scope + ':' + name
  const read = name => { try { return JSON.parse(localStorage.getItem(place(name))) } catch (error) { return null } }
  const write = (name, kept) => {
    try { localStorage.setItem(place(name), JSON.stringify(kept)) } catch (error) { /* full, or switched off */ }
  }
  const forget = name => { try { localStorage.removeItem(place(name)) } catch (error) { /* switched off */ } }

  const send = async (fields, left) => {
    const body = JSON.stringify({ left, fields })
    const answer = await fetch(room.address, { method: 'PUT', body, keepalive: left })
    if (!answer.ok) throw new Error(answer.status)
    return (await answer.json()).kept
  }
  const sendWaiting = async left => {
    clearTimeout(pause)
    const fields = [...waiting].map(([name, kept]) => ({ name, value: kept.value, base: kept.base }))
    if (!left && !fields.length) return
    try {
      const kept = await send(fields, left)
      for (const { name, value } of fields) {
        const now = waiting.get(name), stored = kept.includes(name)
        if (now && now.value !== value) { if (stored) now.base = value; continue }
        waiting.delete(name)
        if (stored) forget(name)
      }
    } catch (error) { /* away: sent again below, or by the next page */ }
    if (waiting.size) { clearTimeout(pause); pause = setTimeout(() => sendWaiting(false), AGAIN_MS) }
  }
  const entered = event => {
    if (isField(event.target) && nameOf(event.target)) stood.set(event.target, event.target.value)
  }
  const typed = event => {
    const field = event.target, name = isField(field) && nameOf(field)
    if (!name) return
    const before = waiting.get(name)
    const kept = { value: field.value, base: before ? before.base : stood.get(field) ?? '' }
    waiting.set(name, kept)
    stood.set(field, field.value)
    write(name, { ...kept, at: Date.now(), life: room.life })
    clearTimeout(pause)
    pause = setTimeout(() => sendWaiting(false), PAUSE_MS)
  }
  const bring = async field => {
    const name = nameOf(field)
    if (!name || seen.has(field) || field.disabled || waiting.has(name)) return
    seen.add(field)
    const kept = read(name)
    if (!kept || kept.life === room.life) return
    if (kept.value === field.value || Date.now() - kept.at > TOO_OLD_MS) return forget(name)
    try {
      const stored = await send([{ name, value: kept.value, base: kept.base, again: true }], false)
      if (!stored.includes(name)) return
      forget(name)
      room.arrived()
    } catch (error) { seen.delete(field) }
  }
  room.look = () => document.querySelectorAll(FIELDS).forEach(bring)
  document.addEventListener('focusin', entered, true)
  document.addEventListener('input', typed, true)
  document.addEventListener('focusout', event => { if (isField(event.target)) sendWaiting(false) }, true)
  addEventListener('pagehide', () => sendWaiting(true))
  let soon = 0
  new MutationObserver(() => { soon ||= setTimeout(() => { soon = 0; room.look() }, 150) })
    .observe(document.body, { childList: true, subtree: true })
  return room
}

export default function (component) {
  const { data, setTriggerValue } = component
  const room = window.oceKeeper ??= start()
  room.scope = data.scope
  room.address = data.address
  room.arrived = () => setTriggerValue('arrived', Date.now())
  room.look()
}
"""
_component = st.components.v2.component("oce_keeper", html="<i hidden></i>", js=JS)


def watch(at: Room) -> None:
    """Keep what is typed on the review page, apart for each store and person."""
    scope = hashlib.sha256(f"{database().path}|{at.person.name}".encode()).hexdigest()[:12]
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    address = f"/{base}/api/draft/{at.token}".replace("//", "/")
    with st.container(key="oce_keeper", height=1, border=False):
        _component(key="keeper", data={"scope": scope, "address": address}, on_arrived_change=lambda: None)
