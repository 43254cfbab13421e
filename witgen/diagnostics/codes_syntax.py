"""Family WIT0: texts that are not WIT."""

from __future__ import annotations

from witgen.diagnostics.code import Code

SYNTAX = (
    Code(
        "WIT0001",
        "unreadable-input",
        "A file or folder cannot be read: it does not exist, permissions forbid it, or symbolic"
        " links lead in a circle. Nothing else can be said before it is there.",
    ),
    Code(
        "WIT0002",
        "invalid-utf-8",
        "WIT is UTF-8 text. The byte that is shown cannot be part of such text: the file has"
        " another encoding, or is no text at all. Save it as UTF-8.",
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
        "Types may be nested a hundred levels deep, which no honest type needs. Name an inner"
        " type with `type` and use the name.",
    ),
    Code(
        "WIT0007",
        "unterminated-comment",
        "A `/*` has no `*/`. Block comments nest: each `/*` inside of one needs a `*/` of its own.",
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
        "The character has no meaning outside of comments and strings.",
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
        "Keywords are reserved everywhere, also where they would do no harm. A `%` before the"
        " word makes it a name; the `%` is not part of the name.",
    ),
    Code(
        "WIT0012",
        "invalid-version",
        "Versions are semantic versions with all three numbers, such as `@1.0.0`, without leading"
        " zeros, perhaps with a pre-release and build metadata: `@1.0.0-rc.1+build.5`.",
    ),
    Code(
        "WIT0013",
        "package-name",
        "A package is named by a namespace and a name: `package my-namespace:my-package;`, perhaps"
        " with a version behind an `@`.",
    ),
    Code(
        "WIT0020",
        "unexpected-end",
        "The file ends inside of something that is still open. The second place shows the innermost"
        " `{` without a `}`.",
    ),
    Code(
        "WIT0021",
        "unclosed-brace",
        "An interface, world or package begins inside of another item, where none can stand. Most"
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
        "A `;` stands where nothing is to be ended. Bodies in braces end with their `}` alone.",
    ),
    Code(
        "WIT0024",
        "unmatched-brace",
        "A `}` closes nothing: an earlier one has closed the item already.",
    ),
    Code(
        "WIT0025",
        "missing-comma",
        "Fields, cases, flags, parameters and names in braces are separated by `,`. One more after"
        " the last is welcome.",
    ),
    Code(
        "WIT0026",
        "stray-comma",
        "There is a `,` without a member before it.",
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
        "Inside of an interface or a world, `use` brings in types by their names:"
        " `use path.{a, b as c};`. Only at the top level of a file does it name an interface.",
    ),
    Code(
        "WIT0030",
        "unclosed-bracket",
        "A `(` or `<` is not closed where it must be.",
    ),
    Code(
        "WIT0100",
        "syntax-error",
        "The text is not WIT, and no more particular reason is known. The message says what could"
        " have come.",
    ),
    Code(
        "WIT0101",
        "package-not-first",
        "`package name;` says which package the file belongs to, so it is the first item. A"
        " package with a body, `package name { … }`, can stand anywhere at the top level.",
    ),
    Code(
        "WIT0102",
        "nested-package-inside-package",
        "Packages with a body stand at the top level of a file, beside each other.",
    ),
    Code(
        "WIT0103",
        "item-outside",
        "Only interfaces, worlds, uses and packages stand at the top level of a file. Types and"
        " functions belong in an interface or a world, imports and exports in a world.",
    ),
    Code(
        "WIT0104",
        "world-item-in-interface",
        "Imports, exports and includes belong in worlds. An interface reaches the types of"
        " another by `use`.",
    ),
    Code(
        "WIT0105",
        "item-in-resource",
        "A resource holds at most one constructor, methods and static functions. Types are"
        " declared beside it.",
    ),
    Code(
        "WIT0106",
        "missing-direction",
        "Functions and interfaces of a world are imported or exported: the word `import` or"
        " `export` stands before the name.",
    ),
    Code("WIT0110", "empty-record", "A record has at least one field."),
    Code("WIT0111", "empty-variant", "A variant has at least one case."),
    Code("WIT0112", "empty-enum", "An enum has at least one case."),
    Code("WIT0113", "empty-flags", "A flags type has at least one flag."),
    Code(
        "WIT0114",
        "too-many-flags",
        "Flags are passed as bits of one 32-bit number, so there can be 32 of them. Spread more"
        " over several types, and these over the fields of a record.",
    ),
    Code(
        "WIT0115",
        "list-length",
        "A list of fixed length is written `list<u8, 16>`: one number that fits 32 bits, after a"
        " comma.",
    ),
    Code(
        "WIT0116",
        "map-key",
        "The key of a map is a `bool`, a `char`, a `string` or an integer type, written as such:"
        " aliases are not looked through.",
    ),
    Code(
        "WIT0117",
        "misplaced-underscore",
        "`_` stands for the missing `ok` type in `result<_, error>` and nowhere else.",
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
    Code("WIT0121", "getter-with-parameters", "A getter is called without arguments."),
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
        "A function has at most one result, which has no name. Several values are returned as a"
        " tuple or a record. Without a result there is no `->`.",
    ),
    Code(
        "WIT0127",
        "misplaced-async",
        "`async` stands right before `func`. Constructors and accessors cannot be `async`.",
    ),
    Code(
        "WIT0128",
        "misplaced-static",
        "`static` makes a function of a resource one that needs no instance; it stands first:"
        " `name: static async func()`. Elsewhere all functions are free, and there is no `static`.",
    ),
    Code(
        "WIT0130",
        "misplaced-attribute",
        "Attributes stand before interfaces, worlds and what these hold, and before functions of"
        " resources. Packages, top-level uses, fields, cases, flags and parameters take none.",
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
    Code("WIT0133", "repeated-attribute", "An item has each attribute at most once."),
    Code(
        "WIT0134",
        "since-and-unstable",
        "An item is either released, since a version, or unstable, behind a feature.",
    ),
    Code(
        "WIT0135",
        "deprecated-alone",
        "`@deprecated` stands beside the gate that says how the item came to be: `@since` or"
        " `@unstable`.",
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
        "Types in a world stand without `import` or `export`. They are imports; exported types"
        " belong in an exported interface.",
    ),
    Code(
        "WIT0143",
        "several-payloads",
        "A case of a variant has no payload or one. Several values go into a tuple or a record.",
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
        "A type must come here: a built-in one, or the name of one in reach.",
    ),
    Code(
        "WIT0146",
        "missing-type-argument",
        "`list`, `option`, `tuple`, `map`, `own` and `borrow` need the types that they are about:"
        " `list<u8>`. `result`, `future` and `stream` may stand alone, but not with empty `<>`.",
    ),
    Code(
        "WIT0147",
        "surplus-type-argument",
        "The type takes no types in angle brackets, or fewer than were given; only `tuple` may"
        " have a comma at the end.",
    ),
    Code("WIT0148", "removed-syntax", "Earlier versions of WIT had this. It is gone."),
)
