"""Family WIT0: the syntax of WIT."""

from __future__ import annotations

from witgen.diagnostics.code import Code

SYNTAX = (
    Code(
        "WIT0001",
        "unreadable-input",
        "A file or folder cannot be read: it does not exist, permissions forbid it, or symbolic"
        " links form a loop. Nothing else was checked.",
    ),
    Code(
        "WIT0002",
        "invalid-utf-8",
        "WIT is UTF-8 text. The byte shown cannot be part of such text: the file has another"
        " encoding, or is not text at all. Save it as UTF-8.",
    ),
    Code(
        "WIT0003",
        "bidirectional-override",
        "Characters that change the direction of text can make a file look different from what it"
        " means, so WIT forbids them everywhere, comments included. Remove the character.",
    ),
    Code(
        "WIT0004",
        "control-character",
        "Control characters other than tab and line end are forbidden everywhere, comments"
        " included, because they do not show. Remove the character.",
    ),
    Code(
        "WIT0005",
        "discouraged-character",
        "Unicode deprecates this character in favour of another spelling, and WIT forbids it"
        " everywhere, comments included.",
    ),
    Code(
        "WIT0006",
        "nesting-too-deep",
        "Types may be nested at most a hundred levels deep. Name an inner type with `type` and"
        " use the name.",
    ),
    Code(
        "WIT0007",
        "unterminated-comment",
        "A `/*` has no `*/`. Block comments nest: each `/*` inside a comment needs its own `*/`.",
    ),
    Code(
        "WIT0008",
        "invalid-string",
        "A string literal, which only `@external-id` takes, holds a raw control character, an"
        " escape that does not exist, or bytes that are not UTF-8, or it is not closed. The"
        r" escapes are `\"`, `\'`, `\t`, `\n`, `\r`, `\\`, `\HH` and `\u{H…}`.",
    ),
    Code(
        "WIT0009",
        "unexpected-character",
        "The character has no meaning outside comments and strings.",
    ),
    Code(
        "WIT0010",
        "invalid-identifier",
        "Names are kebab-case: words of ASCII letters and digits joined by single dashes. The"
        " first word starts with a letter, and each word is all lower case or all upper case."
        " Bindings turn names into the style of each language, so `get-user` is `get_user` in"
        " Python and `getUser` in JavaScript.",
    ),
    Code(
        "WIT0011",
        "keyword-as-name",
        "Keywords are reserved everywhere, even where they would be harmless. A `%` before the"
        " word makes it a name; the `%` is not part of the name.",
    ),
    Code(
        "WIT0012",
        "invalid-version",
        "Versions are semantic versions with all three numbers, such as `@1.0.0`, without leading"
        " zeros, optionally with a pre-release and build metadata: `@1.0.0-rc.1+build.5`.",
    ),
    Code(
        "WIT0013",
        "package-name",
        "A package is named by a namespace and a name: `package my-namespace:my-package;`,"
        " optionally with a version after an `@`.",
    ),
    Code(
        "WIT0020",
        "unexpected-end",
        "The file ends inside an unclosed item. The second place shows the innermost `{` without"
        " a `}`.",
    ),
    Code(
        "WIT0021",
        "unclosed-brace",
        "An interface, world or package begins inside another item, where none is allowed. Most"
        " often a `}` is missing before it.",
    ),
    Code(
        "WIT0022",
        "missing-semicolon",
        "A `;` ends type aliases, functions, uses, imports and exports, and includes without"
        " `with`.",
    ),
    Code(
        "WIT0023",
        "stray-semicolon",
        "There is nothing for this `;` to end. Bodies in braces end with their `}` alone.",
    ),
    Code(
        "WIT0024",
        "unmatched-brace",
        "A `}` closes nothing: an earlier one has already closed the item.",
    ),
    Code(
        "WIT0025",
        "missing-comma",
        "Fields, cases, flags, parameters and names in braces are separated by `,`. A trailing"
        " comma is allowed.",
    ),
    Code(
        "WIT0026",
        "stray-comma",
        "A `,` has no member before it.",
    ),
    Code(
        "WIT0027",
        "missing-body",
        "The item needs a body in braces, even an empty one: `interface name { }`.",
    ),
    Code(
        "WIT0028",
        "missing-type",
        "Every field of a record has a type: `name: type`. Members without types are the cases of"
        " an enum or variant, or flags.",
    ),
    Code(
        "WIT0029",
        "use-without-names",
        "Inside an interface or a world, `use` brings in types by their names: `use path.{a, b as"
        " c};`. It names an interface only at the top level of a file.",
    ),
    Code(
        "WIT0030",
        "unclosed-bracket",
        "A `(` or `<` is not closed.",
    ),
    Code(
        "WIT0100",
        "syntax-error",
        "The text is not WIT, and no more specific reason is known. The message lists what was"
        " expected.",
    ),
    Code(
        "WIT0101",
        "package-not-first",
        "`package name;` says which package the file belongs to, so it must be the first item. A"
        " package with a body, `package name { … }`, can appear anywhere at the top level.",
    ),
    Code(
        "WIT0102",
        "nested-package-inside-package",
        "Packages with a body are only allowed at the top level of a file, not inside each other.",
    ),
    Code(
        "WIT0103",
        "item-outside",
        "Only interfaces, worlds, uses and packages are allowed at the top level of a file. Types"
        " and functions belong in an interface or a world, imports and exports in a world.",
    ),
    Code(
        "WIT0104",
        "world-item-in-interface",
        "Imports, exports and includes belong in worlds. An interface refers to the types of"
        " another with `use`.",
    ),
    Code(
        "WIT0105",
        "item-in-resource",
        "A resource contains at most one constructor, methods and static functions. Declare types"
        " beside it.",
    ),
    Code(
        "WIT0106",
        "missing-direction",
        "Functions and interfaces of a world are imported or exported: write `import` or `export`"
        " before the name.",
    ),
    Code("WIT0110", "empty-record", "A record has at least one field."),
    Code("WIT0111", "empty-variant", "A variant has at least one case."),
    Code("WIT0112", "empty-enum", "An enum has at least one case."),
    Code("WIT0113", "empty-flags", "A flags type has at least one flag."),
    Code(
        "WIT0114",
        "too-many-flags",
        "Flags are passed as bits of one 32-bit number, so there can be at most 32. Divide more"
        " among several types, as fields of a record.",
    ),
    Code(
        "WIT0115",
        "list-length",
        "A fixed-length list is written `list<u8, 16>`: one number that fits in 32 bits, after a"
        " comma.",
    ),
    Code(
        "WIT0116",
        "map-key",
        "The key of a map is a `bool`, a `char`, a `string` or an integer type, written directly:"
        " aliases do not count.",
    ),
    Code(
        "WIT0117",
        "misplaced-underscore",
        "`_` stands for the missing `ok` type in `result<_, error>` and is not allowed elsewhere.",
    ),
    Code(
        "WIT0118",
        "handle-of-no-resource-name",
        "`own` and `borrow` take the name of a resource, perhaps one brought in by `use`.",
    ),
    Code("WIT0119", "empty-tuple", "A tuple has at least one member."),
    Code(
        "WIT0120",
        "function-form",
        "A function is written `name: func(parameters) -> type;`, with `async` or, in a resource,"
        " `static` before `func`. An accessor has `get` or `set` in place of `func`.",
    ),
    Code("WIT0121", "getter-with-parameters", "A getter takes no arguments."),
    Code("WIT0122", "getter-without-result", "A getter returns the value: `get() -> type`."),
    Code(
        "WIT0123",
        "setter-parameters",
        "A setter takes the new value and nothing else: `set(value: type)`.",
    ),
    Code(
        "WIT0124",
        "setter-result",
        "A setter returns nothing, or a `result` without an `ok` type when it can fail.",
    ),
    Code(
        "WIT0125",
        "unnamed-parameter",
        "Every parameter has a name and a type: `func(value: u32)`.",
    ),
    Code(
        "WIT0126",
        "result-list",
        "A function has at most one result, which has no name. Return several values as a tuple"
        " or a record. A function without a result has no `->`.",
    ),
    Code(
        "WIT0127",
        "misplaced-async",
        "Write `async` directly before `func`. Constructors and accessors cannot be `async`.",
    ),
    Code(
        "WIT0128",
        "misplaced-static",
        "`static` marks a function of a resource that needs no instance; it comes first: `name:"
        " static async func()`. Elsewhere `static` is not allowed.",
    ),
    Code(
        "WIT0130",
        "misplaced-attribute",
        "Attributes are allowed before interfaces, worlds and their items, and before functions"
        " of resources, but not before packages, top-level uses, fields, cases, flags and "
        "parameters.",
    ),
    Code(
        "WIT0131",
        "unknown-attribute",
        "The attributes are `@since`, `@unstable`, `@deprecated` and `@external-id`.",
    ),
    Code(
        "WIT0132",
        "attribute-arguments",
        "The forms are `@since(version = 1.0.0)`, `@unstable(feature = name)`,"
        ' `@deprecated(version = 1.0.0)` and `@external-id("…")`, without a comma at the end.',
    ),
    Code("WIT0133", "repeated-attribute", "An item can have each attribute only once."),
    Code(
        "WIT0134",
        "since-and-unstable",
        "An item is either released, since a version, or unstable, behind a feature.",
    ),
    Code(
        "WIT0135",
        "deprecated-alone",
        "`@deprecated` requires a gate on the same item: `@since` or `@unstable`.",
    ),
    Code(
        "WIT0140",
        "nested-namespace",
        "The component model plans nested namespaces and packages (`a:b:c/d/e`). No tool"
        " implements them yet, and neither does witgen.",
    ),
    Code(
        "WIT0141",
        "value-import",
        "The component model plans imports and exports of plain values. WIT has no form for them"
        " yet: import or export a function that returns the value.",
    ),
    Code(
        "WIT0142",
        "type-direction",
        "Types in a world are written without `import` or `export`. They are imports; exported"
        " types belong in an exported interface.",
    ),
    Code(
        "WIT0143",
        "several-payloads",
        "A case of a variant has no payload or one. Combine several values in a tuple or a record.",
    ),
    Code(
        "WIT0144",
        "anonymous-definition",
        "Records, variants, enums, flags and resources always have a name. Define one and use the"
        " name.",
    ),
    Code(
        "WIT0145",
        "expected-type",
        "A type is expected here: a built-in one, or the name of one in scope.",
    ),
    Code(
        "WIT0146",
        "missing-type-argument",
        "`list`, `option`, `tuple`, `map`, `own` and `borrow` need type arguments: `list<u8>`."
        " `result`, `future` and `stream` may be used without any, but not with empty `<>`.",
    ),
    Code(
        "WIT0147",
        "surplus-type-argument",
        "The type takes no type arguments, or fewer than were given; only `tuple` allows a"
        " trailing comma.",
    ),
    Code("WIT0148", "removed-syntax", "Earlier versions of WIT had this. It was removed."),
)
