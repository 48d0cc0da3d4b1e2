import { Argument, Command } from "commander";
import { named, parseChoice } from "./flags/parse.js";
import { explain, type Notes } from "./help/notes.js";
import { printLine } from "./output/print.js";

// Each script passes the words up to the cursor to `box __complete`, which prints one candidate per line with an optional
// description after a tab; the line `:files` asks for file names. No space follows a candidate that ends in = , : or /.
// It is always the box in the PATH: pressing Tab after `./box` must not already run a file of the working directory.

const BASH = `_box() {
  local line=\${COMP_LINE:0:COMP_POINT} words=() cur found text broken files=
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  cur=\${words[-1]}
  # Bash splits words at : and =, so the part before the last of them must not be repeated.
  broken=\${cur%"\${cur##*[:=]}"}
  COMPREPLY=()
  while IFS= read -r found; do
    text=\${found%%$'\\t'*}
    if [[ $text == :files ]]; then
      files=1
    else
      [[ $text == *[=,:/] ]] && compopt -o nospace 2>/dev/null
      printf -v text %q "\${text#"$broken"}"
      COMPREPLY+=("$text")
    fi
  done < <(command box __complete "\${words[@]:1}" 2>/dev/null)
  [[ $files ]] || return 0
  # Readline completes paths best, but only if there are no other candidates.
  if ((\${#COMPREPLY[@]} == 0)); then
    compopt -o default 2>/dev/null
    return 0
  fi
  while IFS= read -r found; do
    printf -v text %q "$found"
    [[ -d $found ]] && text+=/
    COMPREPLY+=("$text")
  done < <(compgen -f -- "\${cur#"$broken"}")
}
complete -F _box box`;

const ZSH = `#compdef box
_box() {
  local -a found spaced unspaced
  local line text about files
  found=("\${(@f)$(command box __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  for line in $found; do
    [[ -z $line ]] && continue
    if [[ $line == :files ]]; then
      files=1
      continue
    fi
    text=\${line%%$'\\t'*}
    about=""
    [[ $line == *$'\\t'* ]] && about=":\${line#*$'\\t'}"
    if [[ $text == *[=,:/] ]]; then
      unspaced+=("\${text//:/\\\\:}$about")
    else
      spaced+=("\${text//:/\\\\:}$about")
    fi
  done
  (( \${#spaced} )) && _describe box spaced
  (( \${#unspaced} )) && _describe box unspaced -S ''
  [[ -n $files ]] && _files
  return 0
}
if [[ $funcstack[1] == _box ]]; then _box "$@"; else compdef _box box; fi`;

const FISH = `function __box_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  for line in (command box __complete $words[2..-1] "$current" 2>/dev/null)
    if test "$line" = :files
      __fish_complete_path "$current"
    else
      printf '%s\\n' $line
    end
  end
end
complete -c box -f -a '(__box_complete)'`;

const SCRIPTS = { bash: BASH, zsh: ZSH, fish: FISH };
const SHELLS = ["bash", "zsh", "fish"] as const;

const NOTES: Notes = {
  examples: [
    ["source <(box completion bash)", "in ~/.bashrc"],
    ['box completion zsh > "${fpath[1]}/_box"'],
    ["box completion fish > ~/.config/fish/completions/box.fish"],
  ],
};

export function command(): Command {
  const shell = new Argument("<shell>", "bash, zsh or fish")
    .choices([...SHELLS])
    .argParser(named("box completion", parseChoice(SHELLS)));
  return explain(new Command("completion"), NOTES)
    .addArgument(shell)
    .action((name: (typeof SHELLS)[number]) => {
      printLine(SCRIPTS[name]);
    });
}
