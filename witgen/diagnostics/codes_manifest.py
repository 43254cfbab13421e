"""Families APP42 and APP43: golem.yaml and its builds."""

from __future__ import annotations

from witgen.diagnostics.code import Code

MANIFEST = (
    Code(
        "APP4201",
        "no-manifest",
        "Application commands look for golem.yaml in the current folder, then in the folders"
        " above. `witgen init DIR` creates one; `--manifest FILE` names another.",
    ),
    Code(
        "APP4202",
        "no-yaml",
        "A manifest is one YAML document in UTF-8, of at most 1 MiB. Indent with spaces. A"
        " value that begins with `{{` needs quotes, because `{` begins a mapping.",
    ),
    Code(
        "APP4203",
        "unknown-key",
        "Keys must be spelt exactly as in the reference, in camelCase. With the JSON schema an"
        " editor completes them.",
    ),
    Code(
        "APP4204",
        "wrong-value",
        "A key has the wrong kind of value: it takes a string, a list, a mapping, or one of a few"
        " words.",
    ),
    Code(
        "APP4205",
        "missing-key",
        "A required key is missing. A component needs `sourceWit` and `componentWasm`, given by"
        " itself, its template or a profile of either.",
    ),
    Code(
        "APP4206",
        "said-twice",
        "Something is defined twice, in two manifests or in one. A component, a template and a"
        " custom command each have one definition; `includes`, `tempDir` and `witDeps` may be "
        "given in one manifest only.",
    ),
    Code(
        "APP4207",
        "unknown-name",
        "The application has no component, template or profile of this name.",
    ),
    Code(
        "APP4208",
        "wrong-expression",
        "Strings may contain expressions such as `{{ component_name | to_snake_case }}`, made of"
        " names, strings and filters. Loops and calls are not allowed.",
    ),
    Code(
        "APP4209",
        "wrong-dependency",
        "A dependency has a `type`, and either a `target` of the application or a `path`. Each is"
        " declared once. Components may call each other in cycles, but cannot be composed into "
        "themselves. Nothing is loaded from a `url`.",
    ),
    Code(
        "APP4210",
        "wrong-command",
        "A command is a program with its arguments, quoted as in a shell but run without one:"
        " pipes, redirections and `&&` do not work.",
    ),
    Code(
        "APP4211",
        "not-used",
        "This part of the manifest is for a Golem server. It is accepted whatever it contains,"
        " and witgen ignores it.",
    ),
    Code(
        "APP4212",
        "wrong-component-name",
        "Components are named like WIT packages, `namespace:name` or `namespace:name@1.0.0`,"
        " because they are deployed under these names.",
    ),
    Code(
        "APP4213",
        "products-collide",
        "Two products of the build have the same path, or one would overwrite a file of yours.",
    ),
)

BUILD = (
    Code(
        "APP4301",
        "command-failed",
        "A build command failed. The help lines are the end of its output; the whole is in"
        " `golem-temp/logs`.",
    ),
    Code(
        "APP4302",
        "no-component",
        "A component that the build needs is missing or not a component: the commands ran but"
        " left nothing at `componentWasm`, or there are no commands and the file does not exist.",
    ),
    Code(
        "APP4303",
        "no-program",
        "A build command needs a program that is installed neither on PATH nor beside witgen.",
    ),
    Code(
        "APP4304",
        "no-source",
        "A folder or file given in the manifest does not exist. Paths are relative to the folder"
        " of the manifest that declares the component; those of a command are relative to its "
        "`dir`.",
    ),
    Code(
        "APP4305",
        "outside",
        "Something outside the application's folder would have been removed. Nothing was.",
    ),
    Code(
        "APP4306",
        "same-package",
        "A component depends on two components that have the same WIT package, so that their"
        " clients have the same name.",
    ),
    Code(
        "APP4307",
        "plug-not-imported",
        "A component should be composed with something that it does not import. Often it was"
        " built from its own WIT instead of `generatedWit`, or it does not call the client: "
        "compilers drop unused imports.",
    ),
    Code(
        "APP4308",
        "being-built",
        "Two builds of one application would write the same files.",
    ),
    Code(
        "APP4309",
        "edited-by-hand",
        "A file that witgen generated was changed by hand, and is generated again. Edit what it is"
        " generated from: the component's `sourceWit`, or golem.yaml.",
    ),
)
