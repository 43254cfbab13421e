(component
  (import "shop:kv/store@1.0.0" (instance
    (export "get" (func (param "key" u32) (result u32)))))
  (import "shop:kv/log@1.0.0" (instance
    (export "note" (func (param "key" u32))))))
