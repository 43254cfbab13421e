"""Family RES1: WIT whose names and types do not fit together."""

from __future__ import annotations

from witgen.diagnostics.code import Code

RESOLVE = (
    Code(
        "RES1001",
        "duplicate-item",
        "Interfaces and worlds of a package share one namespace across all of its files.",
    ),
    Code(
        "RES1002",
        "duplicate-name-in-file",
        "A top-level `use` introduces a name that an item or another `use` of the file already"
        " has. Rename it with `as`.",
    ),
    Code(
        "RES1003",
        "unknown-item",
        "A plain name refers to an interface or world of the same package, or to a name that a"
        " top-level `use` of the same file introduces. Those of other packages are written with "
        "their package: `ns:package/interface`.",
    ),
    Code(
        "RES1004",
        "world-as-interface",
        "A world is given where only an interface is allowed: in a `use`, an import or an export.",
    ),
    Code(
        "RES1005",
        "interface-as-world",
        "Only worlds can be included. A top-level `use` of another package always names an"
        " interface.",
    ),
    Code(
        "RES1006",
        "unknown-item-in-package",
        "The package exists, but has no interface or world of this name. A version of the"
        " package that has it may be missing from `deps`.",
    ),
    Code(
        "RES1010",
        "item-cycle",
        "Interfaces and worlds that need each other, by `use` or `include`, cannot be put in"
        " order. Move what both need into a third interface.",
    ),
    Code(
        "RES1011",
        "type-cycle",
        "Types cannot contain themselves, not even through lists and options, because values are"
        " flattened when they cross a component's boundary. Use indices into a list, or a"
        " resource.",
    ),
    Code(
        "RES1012",
        "missing-package-header",
        "One file of each package must give the package's name: `package ns:name;`.",
    ),
    Code(
        "RES1013",
        "package-mismatch",
        "All files of a folder belong to one package and must agree on its name and version. A"
        " dependency has a folder of its own in `deps`.",
    ),
    Code(
        "RES1014",
        "package-documented-twice",
        "Several files may name their package, but only one may document it.",
    ),
    Code(
        "RES1015",
        "duplicate-package",
        "A package is defined in two places, such as two folders of `deps`, or `deps` and a"
        " nested package. Even equal copies are an error, since they would not stay equal.",
    ),
    Code(
        "RES1016",
        "package-cycle",
        "Packages cannot refer to each other in a cycle, and a package cannot refer to itself by"
        " its full name.",
    ),
    Code(
        "RES1017",
        "unknown-package",
        "The package is neither in `deps` nor nested in a file. Versions matter: a reference with"
        " another version, or without one, means another package. Tools such as wit-deps and wkg"
        " fill `deps` from their lock files.",
    ),
    Code(
        "RES1020",
        "duplicate-type",
        "Types and used names of an interface or world share one namespace.",
    ),
    Code(
        "RES1021",
        "unknown-type",
        "A type must be defined in the same interface or world, or be brought in with `use`:"
        " types of the package's other interfaces are not in scope automatically.",
    ),
    Code(
        "RES1022",
        "handle-of-no-resource",
        "`own` and `borrow` are handles of resources. The type is not a resource, even through"
        " aliases.",
    ),
    Code(
        "RES1023",
        "constructor-result",
        "A constructor returns its resource, which is not written out, or, if it can fail, a"
        " `result` whose `ok` type is the resource.",
    ),
    Code(
        "RES1024",
        "used-function",
        "`use` brings in types. To call a function of another interface, a world imports that"
        " interface.",
    ),
    Code("RES1025", "unknown-used-type", "The interface has no type of this name."),
    Code(
        "RES1026",
        "returned-borrow",
        "A borrowed handle is lent for the time of a call, so no result may contain one, however"
        " deep. Return an owned handle.",
    ),
    Code("RES1030", "duplicate-name", "A name is given twice in one scope."),
    Code(
        "RES1031",
        "duplicate-extern",
        "The imports of a world have different plain names, and so have its exports. Types of a"
        " world count as imports.",
    ),
    Code(
        "RES1032",
        "repeated-interface",
        "A world can import and export an interface by its path only once each. A label makes a"
        " second import: `import other: path;`.",
    ),
    Code(
        "RES1033",
        "similar-names",
        "Names of one scope must differ in more than case and dashes, because languages write"
        " them in their own style. Functions are compared without annotations, so a method and a "
        "static function can clash, and a method named like its resource clashes with it.",
    ),
    Code(
        "RES1035",
        "setter-without-getter",
        "A setter needs a getter of exactly the same name in the same scope.",
    ),
    Code(
        "RES1040",
        "gate-without-package-version",
        "`@since` is compared with the version of the package, so the package needs one.",
    ),
    Code(
        "RES1041",
        "unreleased-version",
        "`@since` names a version that is greater than the package's. Raise the version of the"
        " package, or gate the item with `@unstable`.",
    ),
    Code(
        "RES1042",
        "closed-gate",
        "Something refers to an item behind a disabled feature, so the item does not exist. Gate"
        " the reference as well, or enable the feature (`--features NAME`).",
    ),
    Code(
        "RES1043",
        "ungated-type",
        "The types of a gated interface need the gate as well; its functions do not.",
    ),
    Code(
        "RES1050",
        "incompatible-dependency",
        "An exported interface takes the interfaces it needs from other exports if possible, and"
        " otherwise from imports. Here one path leads through an import to an interface that is "
        "also exported, so the two would have different types.",
    ),
    Code(
        "RES1060",
        "unknown-rename",
        "`with` renames functions, types and interfaces that have a plain name. An interface"
        " imported by its path has none.",
    ),
    Code(
        "RES1061",
        "shadowed-import",
        "Two worlds joined by `include` import or export the same plain name. Only interfaces"
        " given by their path are merged. Rename one of them: `include w with { a as b }`.",
    ),
    Code(
        "RES1062",
        "gate-mismatch",
        "The including and the included world gate the same interface differently.",
    ),
    Code(
        "RES1070",
        "too-large",
        "Worlds that include and need each other can multiply their contents. Here the result has"
        " millions of types, imports or exports, which no tool could use.",
    ),
    Code(
        "RES1082",
        "no-single-world",
        "If no world is named, the root package must have exactly one. Name one with `--world`.",
    ),
    Code(
        "RES1083",
        "unknown-world",
        "There is no world of this name. A plain name means a world of the root package; worlds"
        " of other packages are written `ns:package/world@version`.",
    ),
    Code(
        "RES1084",
        "type-and-export",
        "An importized world imports what it exported, and its own types are imports as well: an"
        " export must not have the name of a type.",
    ),
    Code(
        "RES1085",
        "name-of-turned-world",
        "An importized world gets a new name. It must be a valid name, and no other item of the"
        " package may have it.",
    ),
    Code(
        "RES1086",
        "world-without-version",
        "The version of a world's package may be left out only if there is a single version of"
        " the package.",
    ),
    Code(
        "RES1087",
        "incompatible-versions",
        "The newest version of an interface cannot replace an older one, although the version"
        " numbers promise it: a function has changed, a used type was removed or became something "
        "else, or interfaces would need each other.",
    ),
)
