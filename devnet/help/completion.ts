/**
 * What shells complete, made from the commands as they are defined: no process starts when somebody presses Tab. Each
 * script walks the words of the line down the tree of commands and offers what may stand there; where nothing is known, files.
 */
import type { Command, Option } from 'commander';
import { allCommands, pathOf } from './describe.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

interface Word {
  readonly word: string;
  readonly what: string;
}

/** What may follow one command. */
interface Place {
  /** Words after `devnet`, each with a space before it. */
  readonly path: string;
  readonly words: readonly Word[];
}

export function completionScript(shell: Shell, program: Command): string {
  const commands = allCommands(program).filter(command => command.name() !== 'help');
  const places = commands.map(command => ({ path: spaced(command), words: wordsAt(command) }));
  const valued = commands.flatMap(({ options }) => options.filter(takesValue).flatMap(flagsOf));
  return SCRIPTS[shell](places, [...new Set(valued)].sort());
}

const spaced = (command: Command): string => (command.parent === null ? '' : ` ${pathOf(command)}`);

function wordsAt(command: Command): readonly Word[] {
  const help = command.createHelp();
  const options = [...help.visibleOptions(command), ...globalsOf(command)];
  return [
    ...help
      .visibleCommands(command)
      .filter(each => each.name() !== 'help')
      .map(each => ({ word: each.name(), what: each.description() })),
    ...command.registeredArguments.flatMap(({ argChoices = [], description }) =>
      argChoices.map(word => ({ word, what: description })),
    ),
    ...options.flatMap(option => flagsOf(option).map(word => ({ word, what: option.description }))),
  ];
}

const globalsOf = ({ parent }: Command): readonly Option[] =>
  parent === null ? [] : [...parent.options.filter(({ hidden }) => !hidden), ...globalsOf(parent)];

const takesValue = ({ required, optional }: Option): boolean => required || optional;
const flagsOf = ({ short, long }: Option): string[] =>
  [short, long].filter(flag => flag !== undefined && flag !== null);

const SCRIPTS: Readonly<Record<Shell, (places: readonly Place[], valued: readonly string[]) => string>> = {
  bash: (places, valued) => `# devnet completion for bash: source <(devnet completion bash)
_devnet() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path="" skip="" word words=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [ -n "$skip" ]; then skip=""; continue; fi
    case "$word" in
      ${valued.join('|')}) skip=1 ;;
      -*) ;;
      *) case "$path $word" in
        ${alternatives(places)}) path="$path $word" ;;
      esac ;;
    esac
  done
  if [ -z "$skip" ]; then
    case "$path" in
${places.map(({ path, words }) => `      ${quoted(path)}) words=${quoted(words.map(({ word }) => word).join(' '))} ;;`).join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _devnet devnet`,

  zsh: (places, valued) => `#compdef devnet
# devnet completion for zsh: source <(devnet completion zsh)
_devnet() {
  local word at="" skip=""
  local -a offered
  for word in "\${(@)words[2,CURRENT-1]}"; do
    if [[ -n "$skip" ]]; then skip=""; continue; fi
    case "$word" in
      ${valued.join('|')}) skip=1 ;;
      -*) ;;
      *) case "$at $word" in
        ${alternatives(places)}) at="$at $word" ;;
      esac ;;
    esac
  done
  if [[ -z "$skip" ]]; then
    case "$at" in
${places.map(({ path, words }) => `      ${quoted(path)}) offered=(${words.map(described).join(' ')}) ;;`).join('\n')}
    esac
  fi
  (( \${#offered} )) && _describe 'devnet' offered
  _files
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
compdef _devnet devnet`,

  fish: (places, valued) => `# devnet completion for fish: devnet completion fish | source
function __devnet_at
  set -l at ""
  set -l skip ""
  for word in (commandline -opc)[2..-1]
    if test -n "$skip"
      set skip ""
      continue
    end
    switch $word
      case ${valued.join(' ')}
        set skip 1
      case '-*'
      case '*'
        switch "$at $word"
          case ${places
            .filter(({ path }) => path !== '')
            .map(({ path }) => fishQuoted(path))
            .join(' ')}
            set at "$at $word"
        end
    end
  end
  test -z "$skip"; and test "$at" = "$argv[1]"
end
${places.flatMap(({ path, words }) => words.map(word => fishLine(path, word))).join('\n')}`,
};

const alternatives = (places: readonly Place[]): string =>
  places
    .filter(({ path }) => path !== '')
    .map(({ path }) => quoted(path))
    .join('|');

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
const fishQuoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;

/** `word:description`, as zsh has it. */
const described = ({ word, what }: Word): string =>
  quoted(`${word.replaceAll(':', '\\:')}:${what.replaceAll(':', '\\:')}`);

const fishLine = (path: string, { word, what }: Word): string =>
  `complete -c devnet -n ${fishQuoted(`__devnet_at "${path}"`)} -a ${fishQuoted(word)} -d ${fishQuoted(what)}`;
