"""The codes of the `.wac` language: compositions written as text."""

from __future__ import annotations

from witgen.diagnostics.code import Code

WAC = (
    Code(
        "CMP3101",
        "wac-syntax",
        "The text does not follow the grammar of compositions. A composition is a package"
        " directive followed by statements that end with `;`: `import`, `let`, `export`, or"
        " declarations of interfaces, worlds and types.",
    ),
    Code(
        "CMP3102",
        "wac-package",
        "A composition begins with one `package namespace:name;`, optionally with a version and"
        " `targets`.",
    ),
    Code(
        "CMP3103",
        "wac-resource",
        "A resource belongs to an interface or a world. Outside of these only records, variants,"
        " enums, flags and aliases can be declared.",
    ),
    Code(
        "CMP3104",
        "wac-fill",
        "`...` without a name imports all arguments that are not given. It must be the last"
        " argument.",
    ),
    Code(
        "CMP3105",
        "wac-undefined-name",
        "A name is not defined, or only further down: a composition is read from top to bottom.",
    ),
    Code(
        "CMP3106",
        "wac-duplicate-name",
        "Names of a composition are not variables: each is defined once, by an `import`, a `let` or"
        " a declaration.",
    ),
    Code(
        "CMP3107",
        "wac-unknown-package",
        "The composition uses a package that was not given. Give its component or its WIT with"
        " `--dep namespace:name=FILE`; the version must match.",
    ),
    Code(
        "CMP3108",
        "wac-no-component",
        "The package to instantiate is not a component; it only defines interfaces and worlds.",
    ),
    Code(
        "CMP3109",
        "wac-unknown-item",
        "A package, or an interface or world in it, does not define what a path refers to.",
    ),
    Code(
        "CMP3110",
        "wac-unknown-argument",
        "An argument has a name that the component does not import. A plain name also matches the"
        " only import whose path ends with it; a string is taken literally.",
    ),
    Code(
        "CMP3111",
        "wac-duplicate-argument",
        "Two arguments match the same import.",
    ),
    Code(
        "CMP3112",
        "wac-missing-argument",
        "Imports of the component are not given. Give them, or end the arguments with `...` to"
        " import them.",
    ),
    Code(
        "CMP3113",
        "wac-idle-spread",
        "Spreading an instance has no effect: none of its exports has the name of a missing"
        " import, or all are already exported.",
    ),
    Code(
        "CMP3114",
        "wac-no-instance",
        "Only an instance has exports that can be accessed or spread: the result of `new`, an"
        " imported interface, or an interface that an instance exports.",
    ),
    Code(
        "CMP3115",
        "wac-unknown-export",
        "An instance has no export of that name. A plain name also matches the only export whose"
        ' path ends with it; `["…"]` is taken literally.',
    ),
    Code(
        "CMP3116",
        "wac-export-name",
        "An export is named after the import or export that it comes from; the result of `new`"
        " has no name. Give one with `as`.",
    ),
    Code(
        "CMP3117",
        "wac-export-conflict",
        "Two exports have the same name. Declared types are also exported under their names.",
    ),
    Code(
        "CMP3118",
        "wac-import-conflict",
        "Two imports have the same name, or an instance would import with `...` what the"
        " composition already imports. Give it to the instance as an argument.",
    ),
    Code(
        "CMP3119",
        "wac-extern-name",
        "An import or export needs a valid component-model name: words with dashes, or the path"
        " of an interface with its version.",
    ),
    Code(
        "CMP3120",
        "wac-target",
        "The composition does not fit the world that it targets: it imports something that the"
        " world does not import, lacks one of its exports, or has one of another type.",
    ),
    Code(
        "CMP3121",
        "wac-wrong-kind",
        "A name or a path refers to something of the wrong kind: an interface where a world is"
        " expected, or a type where a function is.",
    ),
)
