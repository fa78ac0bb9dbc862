/** Monaco, cut down to what a YAML text needs. This module is loaded after the first paint, and nothing else imports Monaco. */
import { KeyCode, KeyMod, MarkerSeverity, Range, editor, languages } from 'monaco-editor/editor'
import 'monaco-editor/features/bracketMatching/register'
import 'monaco-editor/features/caretOperations/register'
import 'monaco-editor/features/clipboard/register'
import 'monaco-editor/features/codicon/register'
import 'monaco-editor/features/comment/register'
import 'monaco-editor/features/find/register'
import 'monaco-editor/features/folding/register'
import 'monaco-editor/features/hover/register'
import 'monaco-editor/features/indentation/register'
import 'monaco-editor/features/linesOperations/register'
import 'monaco-editor/features/multicursor/register'
import 'monaco-editor/features/suggest/register'
// The feature's own entry (0.57) leaves out what opens the list of suggestions.
import 'monaco-editor/editor/contrib/suggest/browser/suggestController'
import 'monaco-editor/features/toggleTabFocusMode/register'
import 'monaco-editor/features/wordOperations/register'
import 'monaco-editor/languages/definitions/yaml/register'
// oxlint-disable-next-line import/default -- made by the bundler
import EditorWorker from 'monaco-editor/editor/editor.worker?worker'
import type { Diagnostic } from '../../worker/protocol.ts'
import { simulator } from '../state/session.ts'

export { KeyCode, KeyMod, Range, editor }
export type Editor = editor.IStandaloneCodeEditor

const LANGUAGE = 'yaml'
const OWNER = 'hopscope'
let ready = false

/** Themes, and completion and hover out of the simulator's schemas. Once per page. */
export function setUpMonaco(): void {
  if (ready) return
  ready = true
  Object.assign(self, { MonacoEnvironment: { getWorker: () => new EditorWorker() } })
  editor.defineTheme('hopscope-light', theme('vs', LIGHT))
  editor.defineTheme('hopscope-dark', theme('vs-dark', DARK))
  languages.registerCompletionItemProvider(LANGUAGE, {
    triggerCharacters: [' ', ':', '\n', '-'],
    provideCompletionItems: complete,
  })
  languages.registerHoverProvider(LANGUAGE, { provideHover: hover })
}

async function complete(
  model: editor.ITextModel,
  position: { lineNumber: number; column: number },
): Promise<languages.CompletionList> {
  const { items, from, to } = await simulator().ask('complete', {
    text: model.getValue(),
    offset: model.getOffsetAt(position),
  })
  const range = rangeOf(model, from, to)
  return {
    suggestions: items.map(({ label, insert, detail, kind }, i) => ({
      label,
      insertText: insert,
      detail,
      kind: kind === 'key' ? languages.CompletionItemKind.Property : languages.CompletionItemKind.Value,
      range,
      sortText: String(i).padStart(4, '0'),
      // After a field comes its value: what may stand there is offered at once.
      ...(kind === 'key' ? { command: { id: 'editor.action.triggerSuggest', title: '' } } : {}),
    })),
  }
}

async function hover(
  model: editor.ITextModel,
  position: { lineNumber: number; column: number },
): Promise<languages.Hover | null> {
  const { markdown, from, to } = await simulator().ask('hover', {
    text: model.getValue(),
    offset: model.getOffsetAt(position),
  })
  return markdown === null ? null : { contents: [{ value: markdown }], range: rangeOf(model, from, to) }
}

function rangeOf(model: editor.ITextModel, from: number, to: number): Range {
  const [a, b] = [model.getPositionAt(from), model.getPositionAt(to)]
  return new Range(a.lineNumber, a.column, b.lineNumber, b.column)
}

const SEVERITY = { error: MarkerSeverity.Error, warning: MarkerSeverity.Warning, info: MarkerSeverity.Info } as const

export function showMarkers(
  model: editor.ITextModel,
  diagnostics: readonly Diagnostic[],
  words: (diagnostic: Diagnostic) => string,
): void {
  editor.setModelMarkers(
    model,
    OWNER,
    diagnostics.map((diagnostic) => ({
      severity: SEVERITY[diagnostic.severity],
      message: words(diagnostic),
      startLineNumber: diagnostic.range.start.line,
      startColumn: diagnostic.range.start.column,
      endLineNumber: diagnostic.range.end.line,
      endColumn: Math.max(diagnostic.range.end.column, diagnostic.range.start.column + 1),
    })),
  )
}

/** Makes the model's text `text` by replacing no more than what differs, so that the caret stays where it is. */
export function replaceText(model: editor.ITextModel, text: string): void {
  const old = model.getValue()
  if (old === text) return
  let start = 0
  while (start < old.length && start < text.length && old[start] === text[start]) start++
  let end = 0
  while (
    end < old.length - start &&
    end < text.length - start &&
    old[old.length - 1 - end] === text[text.length - 1 - end]
  )
    end++
  model.pushEditOperations(
    [],
    [{ range: rangeOf(model, start, old.length - end), text: text.slice(start, text.length - end) }],
    () => null,
  )
}

interface Ink {
  readonly ground: string
  readonly text: string
  readonly quiet: string
  readonly line: string
  readonly key: string
  readonly value: string
  readonly number: string
  readonly selection: string
  readonly panel: string
  readonly rule: string
}
const LIGHT: Ink = {
  ground: '#ffffff',
  text: '#1d2433',
  quiet: '#5f6878',
  line: '#f4f6fa',
  key: '#1d4fc4',
  value: '#1c6b3c',
  number: '#8a4b08',
  selection: '#cfe0ff',
  panel: '#ffffff',
  rule: '#e3e6ec',
}
const DARK: Ink = {
  ground: '#161b22',
  text: '#e2e7ee',
  quiet: '#8b95a5',
  line: '#1b212a',
  key: '#86b0ff',
  value: '#8fd6a3',
  number: '#e5b878',
  selection: '#2a4674',
  panel: '#1c232d',
  rule: '#2b333f',
}

function theme(base: 'vs' | 'vs-dark', ink: Ink): editor.IStandaloneThemeData {
  const token = (name: string, colour: string) => ({ token: name, foreground: colour.slice(1) })
  return {
    base,
    inherit: true,
    rules: [
      token('', ink.text),
      token('type', ink.key),
      token('string', ink.value),
      token('number', ink.number),
      token('keyword', ink.number),
      token('comment', ink.quiet),
      token('operators', ink.quiet),
      token('delimiter', ink.quiet),
    ],
    colors: {
      'editor.background': ink.ground,
      'editor.foreground': ink.text,
      'editorLineNumber.foreground': ink.quiet,
      'editorLineNumber.activeForeground': ink.text,
      'editor.lineHighlightBackground': ink.line,
      'editor.lineHighlightBorder': '#00000000',
      'editor.selectionBackground': ink.selection,
      'editorGutter.background': ink.ground,
      'editorWidget.background': ink.panel,
      'editorWidget.border': ink.rule,
      'editorSuggestWidget.background': ink.panel,
      'editorSuggestWidget.border': ink.rule,
      'editorHoverWidget.background': ink.panel,
      'editorHoverWidget.border': ink.rule,
      'editorIndentGuide.background1': ink.rule,
      focusBorder: '#00000000',
    },
  }
}
