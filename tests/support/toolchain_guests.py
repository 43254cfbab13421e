"""A guest that keeps all kinds of state, in JavaScript, C and Rust, and programs of calls for it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from pathlib import Path

from toolchains import from_c, from_javascript, from_rust

from runtime_shim.values import Value

API = "snap:kit/api"
WIT = """\
package snap:kit;
interface api {
  resource cell { constructor(start: u32); add: func(by: u32) -> u32; }
  step: func(kind: string, key: u32, text: string) -> string;
}
world guest { export api; }
"""

_JAVASCRIPT = """
const kept = new Map(), notes = [], late = [];
let sum = 0n, real = 1.5;
class Cell {
  constructor(start) { this.value = start; }
  add(by) { this.value = (this.value + by) >>> 0; return this.value; }
}
const steps = {
  set(key, text) { kept.set(key, text); return kept.size; },
  append(key, text) { kept.set(key, (kept.get(key) ?? '') + text); return kept.get(key).length; },
  drop(key) { return kept.delete(key); },
  get(key) { return kept.get(key) ?? null; },
  note(key, text) { notes.push({ key, text, at: notes.length }); return notes.length; },
  forget() { return notes.splice(0, notes.length >> 1).length; },
  defer(key) { late.push(() => key * late.length); return late.map((one) => one()); },
  mix(key) { sum = sum * 31n + BigInt(key); real = Math.sin(real + key); return `${sum} ${real}`; },
  grow(key) { notes.push(new Uint8Array(key * 100_000).fill(key)); return notes.length; },
  print(key, text) { console.log(text); console.error(text); return null; },
  random() { return Math.random(); },
  time() { return Date.now() > 0; },
  all() { return [[...kept], notes.map((one) => one.text ?? one.length)]; },
};
export const api = {
  Cell, step(kind, key, text) { return JSON.stringify(steps[kind](key, text)); },
};
"""
_C = """
typedef unsigned int u32; typedef unsigned long long u64; typedef __SIZE_TYPE__ size;
#define API "snap:kit/api"
#define IN(name) __attribute__((import_module("[export]" API), import_name(name)))
#define OUT(name) __attribute__((export_name(API "#" name)))
IN("[resource-new]cell") extern u32 cell_new(u32 *rep);

extern char __heap_base;
static size top = 0;
__attribute__((export_name("cabi_realloc")))
void *cabi_realloc(void *old, size had, size align, size wanted) {
  if (!top) top = (size)&__heap_base;
  char *fresh = (char *)((top + align - 1) & ~(align - 1));
  top = (size)fresh + wanted;
  size have = __builtin_wasm_memory_size(0) << 16;
  if (top > have && __builtin_wasm_memory_grow(0, ((top - have) >> 16) + 1) == (size)-1)
    __builtin_trap();
  for (size i = 0; i < had && i < wanted; i++) fresh[i] = ((char *)old)[i];
  return fresh;
}
OUT("[constructor]cell") u32 make(u32 start) {
  u32 *made = cabi_realloc(0, 0, 4, 4);
  *made = start;
  return cell_new(made);
}
OUT("[method]cell.add") u32 add(u32 *self, u32 by) { return *self += by; }
OUT("[dtor]cell") void drop(u32 *self) { *self = 0xdead; }

typedef struct { char *items; size length; } text;
static text kept[16], out;
static u64 sum = 7;
static double real = 1.5;
static u64 plus(u64 a) { return a + sum; }
static u64 times(u64 a) { return a * sum; }
static u64 (*turn)(u64) = plus;

static text joined(text a, text b) {
  text made = { cabi_realloc(0, 0, 1, a.length + b.length), a.length + b.length };
  for (size i = 0; i < a.length; i++) made.items[i] = a.items[i];
  for (size i = 0; i < b.length; i++) made.items[a.length + i] = b.items[i];
  return made;
}
static text number(u64 n) {
  text made = { cabi_realloc(0, 0, 1, 20), 20 };
  for (size i = 20; i--; n /= 10) made.items[i] = '0' + n % 10;
  return made;
}
OUT("step") text *step(char *kind, size length, u32 key, char *items, size count) {
  text *slot = &kept[key % 16], given = { items, count };
  switch (kind[0]) {
    case 's': *slot = given; out = number(key); break;
    case 'a': *slot = joined(*slot, given); out = number(slot->length); break;
    case 'd': slot->length = 0; out = number(0); break;
    case 'g': out = *slot; break;
    case 'm': sum = turn(sum * 31 + key); real = real * 0.75 + key; out = number(sum + (u64)real); break;
    case 't': turn = turn == plus ? times : plus; out = number(turn(key)); break;
    case 'w': { u64 *wide = cabi_realloc(0, 0, 8, 100000);
      for (u32 i = 0; i < 12500; i++) wide[i] = sum += wide[i] + i; out = number(sum); break; }
    default: { u64 all = 0;
      for (u32 i = 0; i < 16; i++) for (size j = 0; j < kept[i].length; j++)
        all = all * 131 + (unsigned char)kept[i].items[j];
      out = number(all); }
  }
  return &out;
}
"""
_RUST = """
use std::alloc::{alloc, realloc, Layout};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, VecDeque};

#[link(wasm_import_module = "[export]snap:kit/api")]
extern "C" { #[link_name = "[resource-new]cell"] fn cell_new(rep: *mut u32) -> u32; }

#[export_name = "cabi_realloc"]
pub unsafe extern "C" fn cabi_realloc(old: *mut u8, had: usize, align: usize, size: usize) -> *mut u8 {
    if size == 0 { return align as *mut u8; }
    if had == 0 { return alloc(Layout::from_size_align_unchecked(size, align)); }
    realloc(old, Layout::from_size_align_unchecked(had, align), size)
}
#[export_name = "snap:kit/api#[constructor]cell"]
pub unsafe extern "C" fn make(start: u32) -> u32 { cell_new(Box::into_raw(Box::new(start))) }
#[export_name = "snap:kit/api#[method]cell.add"]
pub unsafe extern "C" fn add(cell: *mut u32, by: u32) -> u32 {
    *cell = (*cell).wrapping_add(by);
    *cell
}
#[export_name = "snap:kit/api#[dtor]cell"]
pub unsafe extern "C" fn drop_cell(cell: *mut u32) { drop(Box::from_raw(cell)); }

#[derive(Default)]
struct State {
    kept: BTreeMap<u32, String>,
    counts: HashMap<String, usize>,
    notes: VecDeque<(u32, String)>,
    late: Vec<Box<dyn Fn(u64) -> u64>>,
    wide: Vec<Vec<u64>>,
    real: f64,
}
thread_local! { static STATE: RefCell<State> = RefCell::default(); }

impl State {
    fn step(&mut self, kind: &str, key: u32, text: String) -> String {
        *self.counts.entry(kind.into()).or_default() += 1;
        match kind {
            "set" => format!("{:?}", self.kept.insert(key, text)),
            "append" => { self.kept.entry(key).or_default().push_str(&text); self.kept.len().to_string() }
            "drop" => format!("{:?}", self.kept.remove(&key)),
            "get" => format!("{:?}", self.kept.get(&key)),
            "note" => { self.notes.push_back((key, text)); self.notes.len().to_string() }
            "forget" => format!("{:?}", self.notes.pop_front()),
            "turn" => { self.late.push(Box::new(move |n| n.rotate_left(key % 64) ^ key as u64)); self.late.len().to_string() }
            "mix" => {
                self.real = (self.real + key as f64).sin();
                format!("{} {}", self.late.iter().fold(key as u64, |n, one| one(n)), self.real)
            }
            "wide" => { self.wide.push(vec![key as u64; 12_500]); self.wide.iter().flatten().sum::<u64>().to_string() }
            _ => {
                let mut counts: Vec<_> = self.counts.iter().collect();
                counts.sort();
                format!("{:?} {:?} {:?}", self.kept, self.notes, counts)
            }
        }
    }
}
static mut OUT: [usize; 2] = [0; 2];
#[export_name = "snap:kit/api#step"]
pub unsafe extern "C" fn step(kind: *mut u8, length: usize, key: u32, text: *mut u8, size: usize) -> *const [usize; 2] {
    let kind = String::from_utf8(Vec::from_raw_parts(kind, length, length)).unwrap();
    let text = if size == 0 { String::new() } else { String::from_utf8(Vec::from_raw_parts(text, size, size)).unwrap() };
    let answer = STATE.with(|state| state.borrow_mut().step(&kind, key, text)).into_bytes().into_boxed_slice();
    OUT = [answer.as_ptr() as usize, answer.len()];
    std::mem::forget(answer);
    std::ptr::addr_of!(OUT)
}
#[export_name = "cabi_post_snap:kit/api#step"]
pub unsafe extern "C" fn done(out: *const [usize; 2]) {
    let [at, size] = *out;
    if size > 0 { drop(Vec::from_raw_parts(at as *mut u8, size, size)); }
}
"""
_BUILDS: Mapping[str, Callable[[Path], bytes]] = {
    "javascript": lambda folder: from_javascript(_JAVASCRIPT, "guest", folder),
    "c": lambda folder: from_c(_C, "guest", folder),
    "rust": lambda folder: from_rust(_RUST, "guest", folder),
}
KINDS = {
    "javascript": [
        "set",
        "append",
        "drop",
        "get",
        "note",
        "forget",
        "defer",
        "mix",
        "grow",
        "print",
        "random",
        "time",
        "all",
    ],
    "c": ["set", "append", "drop", "get", "mix", "turn", "wide", "all"],
    "rust": ["set", "append", "drop", "get", "note", "forget", "turn", "mix", "wide", "all"],
}


def toolchain_guest(language: str, folder: Path) -> bytes:
    """The guest in a language; skips where its toolchain is not installed."""
    (folder / "kit.wit").write_text(WIT)
    return _BUILDS[language](folder)


def a_call(
    language: str, chance: random.Random, cells: list[Value]
) -> tuple[str, tuple[Value, ...]]:
    """A call made by chance; `cells` are those that are there."""
    what = chance.random()
    if what < 0.08:
        return f"{API}.{{cell.new}}", (chance.randrange(1000),)
    if cells and what < 0.25:
        return f"{API}.{{cell.add}}", (chance.choice(cells), chance.randrange(1000))
    if cells and what < 0.28:
        return f"{API}.{{cell.drop}}", (cells.pop(chance.randrange(len(cells))),)
    text = json.dumps(chance.random()) * chance.choice([0, 1, 1, 2, 100])
    return f"{API}.{{step}}", (chance.choice(KINDS[language]), chance.randrange(20), text)
