'use strict';
// What all pages use. Names and texts may hold anything: they only ever become text nodes and attributes,
// never markup, and what would command the reader's eye (controls, marks that turn the writing round) is made visible.

const harmful = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

function visible(text, keep = '') {
  return text.replace(harmful, c => c === keep ? c : c < ' ' ? String.fromCharCode(0x2400 + c.charCodeAt(0))
                                            : '\\u{' + c.charCodeAt(0).toString(16) + '}');
}

// element('a', {class: 'x', href: '#'}, 'text', child...)
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// As replaceChildren, for more children than a call may have arguments.
function fillWith(parent, children) {
  const fragment = document.createDocumentFragment();
  for (const child of children) fragment.append(child);
  parent.replaceChildren(fragment);
}

// 99.9, never rounded up to 100.0
function percentText(part, all) {
  if (all === 0) return '–';
  return (Math.floor(1000 * part / all) / 10).toFixed(1) + ' %';
}

function meter(part, all) {
  const share = all === 0 ? 1 : part / all;
  const bar = element('i', {style: `width:${100 * share}%`});
  return element('span', {class: 'meter ' + (share >= 0.9 ? 'good' : share >= 0.6 ? 'fair' : ''), 'aria-hidden': 'true'}, bar);
}

// 1,234 or 1,234 files
function countText(count, noun = '') {
  return count.toLocaleString('en') + (noun && ` ${noun}${count === 1 ? '' : 's'}`);
}

// The bytes that stand in the page as base64 of zlib's format.
async function unpacked(base64) {
  const packed = atob(base64);
  const bytes = new Uint8Array(packed.length);
  for (let i = 0; i < packed.length; ++i) bytes[i] = packed.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
  return new Response(stream).arrayBuffer();
}

// The rows of a table that came in columns.
function rowsOf(columns) {
  const names = Object.keys(columns);
  return columns[names[0]].map((_, i) => {
    const made = {};
    for (const name of names) made[name] = columns[name][i];
    return made;
  });
}

function durationText(ns) {
  if (ns === null || ns === undefined) return '–';
  if (ns < 1e3) return `${ns} ns`;
  if (ns < 1e6) return `${(ns / 1e3).toFixed(0)} µs`;
  if (ns < 1e9) return `${(ns / 1e6).toFixed(ns < 1e8 ? 1 : 0)} ms`;
  if (ns < 120e9) return `${(ns / 1e9).toFixed(2)} s`;
  const seconds = Math.round(ns / 1e9);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h} h ${m} min` : `${m} min ${s} s`;
}

function clockText(unixNs) { return new Date(unixNs / 1e6).toISOString().slice(0, 19).replace('T', ' ') + ' UTC'; }

function plural(count, noun, many = noun + 's') { return `${countText(count)} ${count === 1 ? noun : many}`; }

// --- fields whose values are in the address: {name there: id of the element} ---

// Takes over those that the address names; whether it names any.
function readFields(fields, place) {
  let named = false;
  for (const [name, id] of Object.entries(fields)) {
    if (!place.has(name)) continue;
    const field = document.getElementById(id);
    if (field.type === 'checkbox') field.checked = true;
    else field.value = place.get(name);
    named = true;
  }
  return named;
}

// Those that are not as usual.
function fieldParts(fields) {
  const parts = [];
  for (const [name, id] of Object.entries(fields)) {
    const field = document.getElementById(id);
    const usual = field.tagName === 'SELECT' ? field.options[0].value : '';
    if (field.type === 'checkbox' ? field.checked : field.value !== usual)
      parts.push(field.type === 'checkbox' ? name : `${name}=${encodeURIComponent(field.value)}`);
  }
  return parts;
}

// With no step back for each letter. A link that was followed and is yet to be shown goes before.
function replaceAddress(shown, hash) {
  if (hash === location.hash || shown.hash !== location.hash) return;
  history.replaceState(null, '', hash);
  shown.hash = location.hash;
}
