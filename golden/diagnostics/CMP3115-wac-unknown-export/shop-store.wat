(component
  (core module $m (func (export "get") (param i32) (result i32) local.get 0))
  (core instance $i (instantiate $m))
  (func $get (param "key" u32) (result u32) (canon lift (core func $i "get")))
  (instance $kv (export "get" (func $get)))
  (export "shop:kv/store@1.0.0" (instance $kv)))
