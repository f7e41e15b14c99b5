"""The drawn matrix: all cells on one canvas, so that thousands of them are there at once; labels stay text."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from ocem.i18n import Words
from ocem.reporting.matrix import MatrixPicture

HTML = """
<div class="matrix">
  <div class="names" aria-hidden="true"></div>
  <div class="scroll">
    <div class="wide">
      <div class="heads" aria-hidden="true"></div>
      <div class="field">
        <canvas tabindex="0" role="application"></canvas>
        <i class="frame chosen" hidden></i><i class="frame spot" hidden></i>
      </div>
      <div class="feet" aria-hidden="true"></div>
    </div>
  </div>
  <p class="tip" aria-live="polite" hidden></p>
</div>
"""
CSS = """
.matrix { position: relative; display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0 .5rem;
  font-family: var(--st-font); color: var(--st-text-color); font-size: .8rem; line-height: 1.2; }
.names { max-width: 15rem; min-width: 0; text-align: right; }
.names div { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.names .at, .heads .at, .feet .at { font-weight: 700; }
.scroll { overflow-x: auto; overflow-y: hidden; }
.field { position: relative; }
canvas { display: block; cursor: pointer; touch-action: pan-x pan-y; }
canvas:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: -2px; }
.busy canvas { cursor: progress; }
.heads, .feet { display: flex; align-items: flex-end; }
.feet { align-items: flex-start; padding-top: .3rem; }
.heads div, .feet div { flex: none; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.heads div { text-align: center; padding-bottom: .25rem; box-sizing: border-box; }
.upright { writing-mode: vertical-rl; transform: rotate(180deg); max-height: 13rem; }
.heads .upright { padding: .25rem 0 0; text-align: left; display: flex; align-items: center; }
.feet .upright { text-align: right; display: flex; align-items: center; justify-content: safe flex-end; }
.frame { position: absolute; pointer-events: none; box-sizing: border-box; border-radius: 2px; }
.frame[hidden] { display: none; }
.spot { border: 2px solid var(--st-text-color); }
.chosen { border: 2.5px solid var(--st-primary-color); outline: 1.5px solid var(--st-background-color); }
.tip { position: absolute; z-index: 9; margin: 0; padding: .4rem .6rem; max-width: min(22rem, 90%);
  pointer-events: none;
  background: var(--st-background-color); border: 1px solid var(--st-border-color); border-radius: .3rem;
  box-shadow: 0 2px 8px rgba(0, 0, 0, .18); white-space: pre-line; }
.tip[hidden] { display: none; }
@media (max-width: 640px) { .names { max-width: 7.5rem; } .matrix { font-size: .75rem; } }
"""
JS = """
const GAP = 0.12, GROUP_GAP = 0.7, WIDEST = 76
const rooms = new WeakMap()
const element = (text, css) => {
  const made = document.createElement('div')
  made.textContent = made.title = text
  made.className = css || ''
  return made
}

/* One tile of slanted strokes or of dots, in the pixels of the screen. */
const tile = (pen, colour, pattern, ratio) => {
  const side = Math.round(6 * ratio), small = document.createElement('canvas')
  small.width = small.height = side
  const ink = small.getContext('2d')
  ink.strokeStyle = ink.fillStyle = colour
  if (pattern === 'dotted') {
    ink.beginPath(); ink.arc(side / 2, side / 2, side / 5, 0, 7); ink.fill()
  } else {
    ink.lineWidth = 1.5 * ratio
    for (const shift of [-side, 0, side]) {
      ink.beginPath(); ink.moveTo(shift - 1, side + 1); ink.lineTo(shift + side + 1, -1); ink.stroke()
    }
  }
  const made = pen.createPattern(small, 'repeat')
  made.setTransform(new DOMMatrix().scale(1 / ratio))
  return made
}

const layout = (root, data) => {
  const coarse = matchMedia('(pointer: coarse)').matches
  const height = Math.max(data.rows.length <= 14 ? 30 : 21, coarse ? 30 : 0)
  root.querySelector('.names').replaceChildren(...data.rows.map(one => {
    const made = element(one)
    made.style.height = made.style.lineHeight = height + 'px'
    return made
  }))
  const inner = data.inner.length, outer = data.outer.length
  const columns = inner * outer, units = columns + (outer - 1) * GROUP_GAP
  const few = columns <= data.few
  const least = few ? (coarse ? 24 : 14) : (coarse ? 20 : 6)
  const room = root.querySelector('.scroll').clientWidth
  const width = Math.min(WIDEST, Math.max(least, room / units))
  const left = column => (column + Math.floor(column / inner) * GROUP_GAP) * width
  return { few, inner, outer, columns, width, height, left, total: units * width, tall: data.rows.length * height }
}

/* Names of the columns; those of the rows stand already, because they say how much room is left. */
const write = (root, data, at) => {
  const heads = root.querySelector('.heads'), feet = root.querySelector('.feet')
  const group = at.inner * at.width
  const upright = group < 52 && data.outer.some(one => one.length * 7 > group)
  heads.replaceChildren(...data.outer.map((one, index) => {
    const made = element(one, upright ? 'upright' : '')
    made.style.width = group + 'px'
    made.style.marginRight = index < at.outer - 1 ? GROUP_GAP * at.width + 'px' : '0'
    return made
  }))
  feet.replaceChildren(...(at.few ? data.outer.flatMap((_one, index) => data.inner.map((name, place) => {
    const level = at.width > 64 && data.inner.every(one => one.length * 6.5 < at.width)
    const made = element(name, level ? '' : 'upright')
    made.style.width = at.width + 'px'
    if (level) made.style.textAlign = 'center'
    made.style.marginRight = place === at.inner - 1 && index < at.outer - 1 ? GROUP_GAP * at.width + 'px' : '0'
    return made
  })) : []))
  root.querySelector('.wide').style.width = at.total + 'px'
  root.querySelector('.names').style.paddingTop = heads.offsetHeight + 'px'
}

const paint = (root, data, at) => {
  const canvas = root.querySelector('canvas'), ratio = window.devicePixelRatio || 1
  canvas.width = Math.round(at.total * ratio); canvas.height = Math.round(at.tall * ratio)
  canvas.style.width = at.total + 'px'; canvas.style.height = at.tall + 'px'
  const pen = canvas.getContext('2d')
  pen.scale(ratio, ratio)
  const gap = Math.max(1, Math.min(at.width, at.height) * GAP)
  const wide = at.width - gap, high = at.height - gap
  const paths = data.looks.map(() => new Path2D())
  data.kinds.forEach((kind, index) => {
    const row = Math.floor(index / at.columns), column = index % at.columns
    paths[kind].rect(at.left(column) + gap / 2, row * at.height + gap / 2, wide, high)
  })
  data.looks.forEach((look, kind) => {
    if (look.pattern) {
      pen.globalAlpha = 0.1; pen.fillStyle = look.colour; pen.fill(paths[kind]); pen.globalAlpha = 1
      pen.fillStyle = tile(pen, look.colour, look.pattern, ratio)
    } else pen.fillStyle = look.colour
    pen.fill(paths[kind])
  })
  if (at.width < 13) return
  pen.fillStyle = '#ffffff'
  pen.textAlign = 'center'; pen.textBaseline = 'middle'
  pen.font = '12px ' + getComputedStyle(root).fontFamily
  data.kinds.forEach((kind, index) => {
    const glyph = data.looks[kind].glyph
    if (!glyph) return
    const row = Math.floor(index / at.columns), column = index % at.columns
    pen.fillText(glyph, at.left(column) + at.width / 2, row * at.height + at.height / 2)
  })
}

const draw = room => {
  const { root, data } = room
  if (!root.querySelector('.scroll').clientWidth) return
  room.at = layout(root, data)
  write(root, data, room.at)
  paint(root, data, room.at)
  frame(room, '.chosen', data.chosen)
  point(room, null)
  root.dataset.drawn = Number(root.dataset.drawn || 0) + 1
}

const frame = (room, css, index) => {
  const box = room.root.querySelector(css), at = room.at
  box.hidden = index === null || index === undefined
  if (box.hidden) return
  const row = Math.floor(index / at.columns), column = index % at.columns
  const left = at.left(column) - 1, top = row * at.height - 1
  Object.assign(box.style, {
    left: left + 'px', top: top + 'px', width: at.width + 2 + 'px', height: at.height + 2 + 'px',
  })
}

/* Say which cell is pointed at: frame, names in bold, and a sentence beside it. */
const point = (room, index) => {
  const { root, data, at } = room
  const tip = root.querySelector('.tip')
  room.index = index
  frame(room, '.spot', index)
  root.querySelectorAll('.at').forEach(one => one.classList.remove('at'))
  tip.hidden = index === null
  if (index === null) return
  const row = Math.floor(index / at.columns), column = index % at.columns
  const outer = Math.floor(column / at.inner), inner = column % at.inner
  root.querySelector('.names').children[row].classList.add('at')
  root.querySelector('.heads').children[outer].classList.add('at')
  root.querySelector('.feet').children[column]?.classList.add('at')
  const sides = data.by_phase ? [data.outer[outer], data.inner[inner]] : [data.inner[inner], data.outer[outer]]
  const said = [[data.rows[row], ...sides].join(' · '), data.sentences[data.facts[index]]]
  if (data.values.length && data.values[index]) said.push(data.values[index])
  tip.textContent = said.join('\\n')
  const here = root.querySelector('.spot').getBoundingClientRect(), all = root.getBoundingClientRect()
  const left = Math.min(here.right - all.left + 8, all.width - tip.offsetWidth - 4)
  const below = here.bottom - all.top + 8, above = here.top - all.top - tip.offsetHeight - 8
  tip.style.left = Math.max(0, left) + 'px'
  tip.style.top = (below + tip.offsetHeight > all.height && above > 0 ? above : below) + 'px'
}

const cellAt = (room, event) => {
  const at = room.at
  const row = Math.floor(event.offsetY / at.height)
  const column = [...Array(at.columns).keys()].findLast(one => at.left(one) <= event.offsetX)
  const inside = row >= 0 && row < room.data.rows.length && column !== undefined
  return inside && event.offsetX < at.left(column) + at.width ? row * at.columns + column : null
}

const pick = (room, index) => {
  if (index === null) return
  const { root, data, at } = room
  const row = Math.floor(index / at.columns), column = index % at.columns
  root.classList.add('busy')
  setTimeout(() => root.classList.remove('busy'), 4000)
  if (data.frames) frame(room, '.chosen', index)
  room.send('picked', data.row_keys[row] + '.' + data.column_keys[column])
}

const STEPS = {
  ArrowLeft: () => -1, ArrowRight: () => 1, ArrowUp: at => -at.columns, ArrowDown: at => at.columns,
}
const press = (room, event) => {
  if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); return pick(room, room.index) }
  if (event.key === 'Escape') return point(room, null)
  const step = STEPS[event.key]
  if (!step) return
  event.preventDefault()
  const from = room.index ?? room.data.chosen
  const to = from === null || from === undefined ? 0 : from + step(room.at)
  if (to < 0 || to >= room.data.kinds.length) return
  point(room, to)
  const spot = room.root.querySelector('.spot'), scroll = room.root.querySelector('.scroll')
  const left = spot.offsetLeft, right = left + spot.offsetWidth
  if (left < scroll.scrollLeft) scroll.scrollLeft = left
  if (right > scroll.scrollLeft + scroll.clientWidth) scroll.scrollLeft = right - scroll.clientWidth
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const root = parentElement.querySelector('.matrix'), canvas = root.querySelector('canvas')
  let room = rooms.get(root)
  if (!room) {
    room = { root, data, at: null, index: null }
    rooms.set(root, room)
    room.watch = new ResizeObserver(() => {
      const now = root.clientWidth
      if (room.wide !== now) { room.wide = now; draw(room) }
    })
  }
  room.data = data
  room.send = setTriggerValue
  root.classList.remove('busy')
  canvas.setAttribute('aria-label', data.summary)
  canvas.onpointermove = event => {
    const index = cellAt(room, event)
    if (index !== room.index) point(room, index)
  }
  canvas.onpointerleave = () => point(room, null)
  canvas.onblur = () => point(room, null)
  canvas.onclick = event => pick(room, cellAt(room, event))
  canvas.onkeydown = event => press(room, event)
  room.wide = root.clientWidth
  draw(room)
  room.watch.observe(root)
  return () => room.watch.disconnect()
}
"""
FEW_COLUMNS = 48
"""Up to this many columns each bears its own name; more are named by group and by what one points at."""
_component = st.components.v2.component("oce_matrix", html=HTML, css=CSS, js=JS)


def draw(
    words: Words,
    picture: MatrixPicture,
    *,
    key: str,
    summary: str,
    chosen: str | None,
    frames: bool,
    on_pick: Callable[[], None],
) -> None:
    """Draw a matrix.

    Parameters
    ----------
    chosen : str or None
        Code of the cell that is open, ``touchpoint.phase.segment``.
    frames : bool
        Whether the cell clicked is framed at once, before the page has answered.
    on_pick : callable
        Called after a click; `picked` tells on which cell.
    """
    column_keys = [
        f"{outer.key}.{inner.key}" if picture.by_phase else f"{inner.key}.{outer.key}"
        for outer in picture.outer
        for inner in picture.inner
    ]
    row_keys = [item.key for item in picture.rows]
    data: dict[str, Any] = {
        "rows": [words.label(item) for item in picture.rows],
        "outer": [words.label(item) for item in picture.outer],
        "inner": [words.label(item) for item in picture.inner],
        "by_phase": picture.by_phase,
        "looks": [{"colour": look.colour, "pattern": look.pattern, "glyph": look.glyph} for look in picture.looks],
        "kinds": picture.kinds.ravel().tolist(),
        "sentences": list(picture.sentences),
        "facts": picture.facts.ravel().tolist(),
        "values": list(picture.values),
        "row_keys": row_keys,
        "column_keys": column_keys,
        "chosen": _place(row_keys, column_keys, chosen),
        "frames": frames,
        "few": FEW_COLUMNS,
        "summary": summary,
    }
    _component(key=key, data=data, on_picked_change=on_pick)


def _place(rows: list[str], columns: list[str], code: str | None) -> int | None:
    row, _dot, column = (code or "").partition(".")
    return rows.index(row) * len(columns) + columns.index(column) if row in rows and column in columns else None


def picked(key: str) -> str | None:
    """Return the code of the cell that was clicked just now."""
    found: Any = st.session_state.get(key)
    code = getattr(found, "picked", None)
    return code if isinstance(code, str) else None
