  ;; The memory {number}, in pages of 4 KiB and lines of 64 bytes.
  (func $size{number} (type $size) {size})
  (func $hash{number} (type $hash)
    (local $at {address}) (local $end {address})
    (local $a i64) (local $b i64) (local $c i64) (local $d i64)
    (local.set $at ({address}.shl {page} ({address}.const 12)))
    (local.set $end ({address}.add (local.get $at) ({address}.const 4096)))
    ;; Each step can be undone, so that two pages that differ in one number never agree; without the
    ;; rotation, two changes of highest bits could cancel each other.
    (loop $next
{rounds}
      (local.set $at ({address}.add (local.get $at) ({address}.const 64)))
      (br_if $next ({address}.ne (local.get $at) (local.get $end))))
    (call $mix (call $mix (call $mix (local.get $a) (local.get $b)) (local.get $c)) (local.get $d)))
  (func $read{number} (type $move)
    (memory.copy $own $m{number} (local.get 1) ({address}.shl {page} ({address}.const 12)) (i32.const 4096)))
  (func $xor{number} (type $move)
    (local $at {address})
    (local.set $at ({address}.shl {page} ({address}.const 6)))
{lines})
  (func $grow{number} (type $grow)
    (if ({address}.eq (memory.grow $m{number} {page}) ({address}.const -1)) (then unreachable)))
