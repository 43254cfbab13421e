"""Families APP42 and APP43: golem.yaml, and building what it declares."""

from __future__ import annotations

from witgen.diagnostics.code import Code

MANIFEST = (
    Code(
        "APP4201",
        "no-manifest",
        "Commands about an application look for golem.yaml in the folder that one is in, and then in"
        " the folders above. `witgen init DIR` makes one; `--manifest FILE` names another.",
    ),
    Code(
        "APP4202",
        "no-yaml",
        "A manifest is one YAML document in UTF-8, of at most 1 MiB. Indentation is of spaces. A"
        " value that begins with `{{` needs quotes, because `{` begins a mapping.",
    ),
    Code(
        "APP4203",
        "unknown-key",
        "Keys are spelt exactly as the reference has them, in camelCase. The JSON schema lets an"
        " editor complete them.",
    ),
    Code(
        "APP4204",
        "wrong-value",
        "A key wants another kind of value: a text, a list, a mapping, or one of a few words.",
    ),
    Code(
        "APP4205",
        "missing-key",
        "Something that is needed is not said. A component needs `sourceWit` and `componentWasm`,"
        " from itself, its template or a profile of either.",
    ),
    Code(
        "APP4206",
        "said-twice",
        "Two manifests, or two places of one, say the same thing. A component, a template and a"
        " custom command have one definition; `includes`, `tempDir` and `witDeps` stand in one"
        " manifest only.",
    ),
    Code(
        "APP4207",
        "unknown-name",
        "A component, a template or a profile is named that the application does not have.",
    ),
    Code(
        "APP4208",
        "wrong-expression",
        "Texts may hold expressions such as `{{ component_name | to_snake_case }}`: names, texts and"
        " filters. Nothing that loops or calls is taken.",
    ),
    Code(
        "APP4209",
        "wrong-dependency",
        "A dependency has a `type`, and either a `target` of the application or a `path`. Each is"
        " declared once. Components may call each other in circles, but not be composed into"
        " themselves. Nothing is loaded from a `url`.",
    ),
    Code(
        "APP4210",
        "wrong-command",
        "A command is a program with its arguments, quoted as in a shell, but run without one:"
        " there are no pipes, redirections or `&&`.",
    ),
    Code(
        "APP4211",
        "not-used",
        "This part of the manifest is for a Golem server. It is accepted, whatever it holds, and"
        " witgen does nothing with it.",
    ),
    Code(
        "APP4212",
        "wrong-component-name",
        "Components are called like WIT packages, `namespace:name` or `namespace:name@1.0.0`, because"
        " that is what they are deployed as.",
    ),
    Code(
        "APP4213",
        "products-collide",
        "Two products of the build have one path, or one would be written over what somebody wrote.",
    ),
)

BUILD = (
    Code(
        "APP4301",
        "command-failed",
        "A build command ended with an error. The help lines are the last that it printed; all of it"
        " is in `golem-temp/logs`.",
    ),
    Code(
        "APP4302",
        "no-component",
        "A component that the build needs does not exist, or is none: the commands ran and made"
        " nothing at `componentWasm`, or there are no commands and the file is not there.",
    ),
    Code(
        "APP4303",
        "no-program",
        "A build command names a program that is not installed, neither on PATH nor beside witgen.",
    ),
    Code(
        "APP4304",
        "no-source",
        "A folder or a file that the manifest names does not exist. Paths are relative to the folder"
        " of the manifest that declares the component, those of a command to its `dir`.",
    ),
    Code(
        "APP4305",
        "outside",
        "Something outside of the application's folder would be removed. Nothing was.",
    ),
    Code(
        "APP4306",
        "same-package",
        "A component depends on two components that have the same WIT package, so that their clients"
        " have the same name.",
    ),
    Code(
        "APP4307",
        "plug-not-imported",
        "A component is to be composed with something that it does not import. Often it was built"
        " from its own WIT instead of `generatedWit`, or it does not call the client: compilers drop"
        " what is not used.",
    ),
    Code(
        "APP4308",
        "being-built",
        "Two builds of one application would write the same files.",
    ),
)
