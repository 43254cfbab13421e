"""A component in text with a resource, and members of every kind for it."""

from __future__ import annotations


def cell(*exports: str) -> str:
    """A component `test:cells` with a resource `cell`, its constructor, and these members."""
    return f"""
(component
  (component $inner
    (core module $m
      (global $n (mut i32) (i32.const 0))
      (func (export "dtor") (param i32)
        (global.set $n (i32.add (global.get $n) (local.get 0))))
      (func (export "dropped") (result i32) (global.get $n))
      (func (export "same") (param i32) (result i32) (local.get 0))
      (func (export "thousand") (param i32) (result i32)
        (i32.add (local.get 0) (i32.const 1000))))
    (core instance $i (instantiate $m))
    (type $cell (resource (rep i32) (dtor (core func $i "dtor"))))
    (core func $new (canon resource.new $cell))
    (core module $r (import "" "new" (func $new (param i32) (result i32)))
      (func (export "new") (param i32) (result i32) (call $new (local.get 0))))
    (core instance $ri (instantiate $r (with "" (instance (export "new" (func $new))))))
    (export $c "cell" (type $cell))
    {" ".join(exports)}
    (func (export "dropped") (result u32) (canon lift (core func $i "dropped"))))
  (instance $api (instantiate $inner))
  (export "test:cells/api" (instance $api)))
"""


MAKE = """(func (export "[constructor]cell") (param "start" u32) (result (own $c))
  (canon lift (core func $ri "new")))"""
STATIC_NEW = """(func (export "[static]cell.new") (param "by" u32) (result u32)
  (canon lift (core func $i "thousand")))"""
METHOD_NEW = """(func (export "[method]cell.new") (param "self" (borrow $c)) (result u32)
  (canon lift (core func $i "thousand")))"""
METHOD_DROP = """(func (export "[method]cell.drop") (param "self" (borrow $c)) (result u32)
  (canon lift (core func $i "thousand")))"""
STATIC_DROP = """(func (export "[static]cell.drop") (param "by" u32) (result u32)
  (canon lift (core func $i "thousand")))"""
SUM = """(func (export "[static]cell.sum") (param "by" u32) (result u32)
  (canon lift (core func $i "thousand")))"""
PEEK = """(func (export "[static]cell.peek") (param "of" (borrow $c)) (result u32)
  (canon lift (core func $i "same")))"""
PAIR = """
    (core module $p (func (export "pair") (param i32 i32) (result i32)
      (i32.add (i32.mul (local.get 0) (i32.const 10)) (local.get 1))))
    (core instance $pi (instantiate $p))
    (func (export "[static]cell.pair") (param "a" (borrow $c)) (param "b" (borrow $c)) (result u32)
      (canon lift (core func $pi "pair")))"""
