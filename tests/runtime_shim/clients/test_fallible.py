"""A client resource whose constructor can fail: what the remote one returns is what the caller gets."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("path")

GUARDS = """
(component
  (component $inner
    (core module $memory (memory (export "memory") 1))
    (core instance $memory (instantiate $memory))
    (type $guard (resource (rep i32)))
    (core func $new (canon resource.new $guard))
    (core module $m
      (import "" "memory" (memory 1))
      (import "" "new" (func $new (param i32) (result i32)))
      (func (export "make") (param $limit i32) (result i32)
        (i32.store8 (i32.const 0) (i32.gt_u (local.get $limit) (i32.const 100)))
        (i32.store (i32.const 4)
          (if (result i32) (i32.gt_u (local.get $limit) (i32.const 100))
            (then (i32.const 77))
            (else (call $new (local.get $limit)))))
        (i32.const 0))
      (func (export "limit") (param i32) (result i32) (local.get 0)))
    (core instance $i (instantiate $m (with "" (instance
      (export "memory" (memory $memory "memory")) (export "new" (func $new))))))
    (export $g "guard" (type $guard))
    (func (export "[constructor]guard") (param "limit" u32) (result (result (own $g) (error u32)))
      (canon lift (core func $i "make") (memory (core memory $memory "memory"))))
    (func (export "[method]guard.limit") (param "self" (borrow $g)) (result u32)
      (canon lift (core func $i "limit"))))
  (instance $api (instantiate $inner))
  (export "test:guards/api" (instance $api)))
"""
CALLER = """
(component
  (import "test:guards-client/guards-client" (instance $client
    (export "guard" (type $g (sub resource)))
    (export "[constructor]guard" (func (param "worker-name" string) (param "limit" u32)
      (result (result (own $g) (error u32)))))
    (export "[method]guard.blocking-limit" (func (param "self" (borrow $g)) (result u32)))))
  (alias export $client "[constructor]guard" (func $make))
  (alias export $client "[method]guard.blocking-limit" (func $limit))
  (core module $memory (memory (export "memory") 1) (data (i32.const 0) "w"))
  (core instance $memory (instantiate $memory))
  (alias core export $memory "memory" (core memory $memory))
  (core func $make (canon lower (func $make) (memory $memory)))
  (core func $limit (canon lower (func $limit)))
  (core module $m
    (import "" "memory" (memory 1))
    (import "" "make" (func $make (param i32 i32 i32 i32)))
    (import "" "limit" (func $limit (param i32) (result i32)))
    (func (export "run") (param $limit i32) (result i32)
      (call $make (i32.const 0) (i32.const 1) (local.get $limit) (i32.const 16))
      (if (result i32) (i32.load8_u (i32.const 16))
        (then (i32.add (i32.const 1000) (i32.load (i32.const 20))))
        (else (call $limit (i32.load (i32.const 20)))))))
  (core instance $i (instantiate $m (with "" (instance
    (export "memory" (memory $memory))
    (export "make" (func $make)) (export "limit" (func $limit))))))
  (func (export "run") (param "limit" u32) (result u32) (canon lift (core func $i "run"))))
"""


@pytest.mark.parametrize(("limit", "answer"), [(7, 7), (100, 100), (101, 1077)])
def test_it_gives_a_handle_or_the_error(mini: Any, limit: int, answer: int) -> None:
    mini.deploy("test:guards", GUARDS)
    mini.deploy("test:caller", CALLER)

    assert mini.run("test:caller/c", "run", limit) == answer
