"""The codes of compositions that are written down: the `.wac` language."""

from __future__ import annotations

from witgen.diagnostics.code import Code

WAC = (
    Code(
        "CMP3101",
        "wac-syntax",
        "The text is not a composition as the grammar has it. A composition is a package directive"
        " and then statements that end with `;`: `import`, `let`, `export`, or declarations of"
        " interfaces, worlds and types.",
    ),
    Code(
        "CMP3102",
        "wac-package",
        "A composition begins with `package namespace:name;`, with a version and `targets` if it"
        " likes, and says so once.",
    ),
    Code(
        "CMP3103",
        "wac-resource",
        "A resource belongs to an interface or a world. Outside of these only records, variants,"
        " enums, flags and aliases are declared.",
    ),
    Code(
        "CMP3104",
        "wac-fill",
        "`...` without a name stands for all arguments that are not given, which are imported. It"
        " is the last argument.",
    ),
    Code(
        "CMP3105",
        "wac-undefined-name",
        "A name is used that is not defined, or only further down: a composition is read from top"
        " to bottom.",
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
        "The composition names a package that was not given. Give its component, or its WIT, with"
        " `--dep namespace:name=FILE`; a version counts.",
    ),
    Code(
        "CMP3108",
        "wac-no-component",
        "A package that is to be instantiated is no component but the definitions of interfaces and"
        " worlds.",
    ),
    Code(
        "CMP3109",
        "wac-unknown-item",
        "A package, or an interface or world in it, does not define what a path names.",
    ),
    Code(
        "CMP3110",
        "wac-unknown-argument",
        "An argument has a name that the component does not import. A plain name also stands for"
        " the only import whose path ends with it; a string is taken as it is.",
    ),
    Code(
        "CMP3111",
        "wac-duplicate-argument",
        "Two arguments stand for the same import.",
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
        "Spreading an instance has no effect: none of its exports is the name of an import that is"
        " not given, or all are exported already.",
    ),
    Code(
        "CMP3114",
        "wac-no-instance",
        "Only an instance has exports that can be named or spread: the result of `new`, an imported"
        " interface, or an interface that an instance exports.",
    ),
    Code(
        "CMP3115",
        "wac-unknown-export",
        "An instance has no export of that name. A plain name also stands for the only export whose"
        ' path ends with it; `["…"]` is taken as it is.',
    ),
    Code(
        "CMP3116",
        "wac-export-name",
        "The name of an export is that of the import or export that it comes from; the result of"
        " `new` has none. Say it with `as`.",
    ),
    Code(
        "CMP3117",
        "wac-export-conflict",
        "Two exports have one name. Declared types are exported under their names as well.",
    ),
    Code(
        "CMP3118",
        "wac-import-conflict",
        "Two imports have one name, or an instance would import by `...` what the composition"
        " imports itself. Give it to the instance as an argument.",
    ),
    Code(
        "CMP3119",
        "wac-extern-name",
        "An import or export needs a name of the component model: words with dashes, or the path of"
        " an interface with its version.",
    ),
    Code(
        "CMP3120",
        "wac-target",
        "The composition does not fit the world that it targets: it imports what the world does not"
        " import, lacks an export of it, or has one of another type.",
    ),
    Code(
        "CMP3121",
        "wac-wrong-kind",
        "A name or a path leads to something of another kind than the place asks for: an interface"
        " where a world is meant, a type where a function is.",
    ),
)
