import { useEffect, useRef, useState } from 'react'
import type { Diagnostic } from '../../worker/protocol.ts'
import { explain, i18n as presentI18n, useI18n } from '../state/i18n.ts'
import { apply, redoText, report, simulator, typed, undoText } from '../state/session.ts'
import { useLab, usePage, useView } from '../state/stores.ts'
import { Problems } from './Problems.tsx'
import { RowsAtLine } from './RowsAtLine.tsx'
import * as monaco from './monaco.ts'
import './editor.css'

const DIAGNOSE_AFTER_MS = 300

/** The whole lab as text. Monaco holds no truth: the text is the history's present, undo included. */
export default function YamlEditor() {
  const i18n = useI18n()
  const frame = useRef<HTMLDivElement>(null)
  const [editor, setEditor] = useState<monaco.Editor | null>(null)
  const [problems, setProblems] = useState<readonly Diagnostic[]>([])
  const [line, setLine] = useState(1)
  const text = useLab((state) => state.history.present)
  const opened = useLab((state) => state.opened)

  useEffect(() => {
    monaco.setUpMonaco()
    const created = monaco.editor.create(frame.current!, {
      value: useLab.getState().history.present,
      language: 'yaml',
      theme: themeName(),
      automaticLayout: true,
      fontFamily: "'JetBrains Mono Variable', monospace",
      fontSize: 12.5,
      lineHeight: 20,
      minimap: { enabled: false },
      scrollBeyondLastLine: false,
      renderLineHighlight: 'line',
      lineNumbersMinChars: 3,
      glyphMargin: true,
      folding: true,
      padding: { top: 6, bottom: 6 },
      overviewRulerLanes: 2,
      tabSize: 2,
      wordBasedSuggestions: 'off',
      // Plain values are strings to the grammar.
      quickSuggestions: { other: true, strings: true, comments: false },
      fixedOverflowWidgets: true,
      accessibilitySupport: 'auto',
      scrollbar: { verticalScrollbarSize: 9, horizontalScrollbarSize: 9 },
      ariaLabel: presentI18n().t('ui.yaml-editor'),
    })
    const { CtrlCmd, Shift } = monaco.KeyMod
    created.addCommand(CtrlCmd | monaco.KeyCode.KeyZ, undoText)
    created.addCommand(CtrlCmd | Shift | monaco.KeyCode.KeyZ, redoText)
    created.addCommand(CtrlCmd | monaco.KeyCode.KeyY, redoText)
    created.addCommand(CtrlCmd | monaco.KeyCode.Enter, () => void apply())
    created.onDidChangeModelContent(() => typed(created.getModel()!.getValue()))
    created.onDidChangeCursorPosition(({ position }) => setLine(position.lineNumber))
    setEditor(created)
    const themes = new MutationObserver(() => monaco.editor.setTheme(themeName()))
    themes.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    return () => {
      themes.disconnect()
      created.getModel()?.dispose()
      created.dispose()
    }
  }, [])

  useEffect(() => {
    const model = editor?.getModel()
    if (model) monaco.replaceText(model, text)
  }, [editor, text])
  useEffect(() => {
    // Another lab is read from its beginning.
    editor?.setScrollTop(0)
  }, [editor, opened])
  useEffect(() => {
    let current = true
    const timer = setTimeout(() => {
      simulator()
        .ask('diagnose', { text })
        .then((answer) => current && setProblems(answer.diagnostics), report)
    }, DIAGNOSE_AFTER_MS)
    return () => {
      current = false
      clearTimeout(timer)
    }
  }, [text])
  useEffect(() => {
    const model = editor?.getModel()
    if (model) monaco.showMarkers(model, problems, (diagnostic) => explain(i18n, diagnostic))
  }, [editor, problems, i18n])

  useSubjectLine(editor)
  useReveal(editor)
  const show = (diagnostic: Diagnostic): void => {
    const { line: lineNumber, column } = diagnostic.range.start
    editor?.setPosition({ lineNumber, column })
    editor?.revealLineInCenter(lineNumber)
    editor?.focus()
  }
  return (
    <div className="yaml">
      <div className="yaml-main">
        <div ref={frame} className="yaml-frame" data-testid="yaml" />
        <RowsAtLine line={line} />
      </div>
      <Problems problems={problems} onShow={show} />
    </div>
  )
}

const themeName = (): string =>
  document.documentElement.dataset['theme'] === 'dark' ? 'hopscope-dark' : 'hopscope-light'

/** Marks the line of the object for which the step's rule or row exists. Lines are those of the text that runs. */
function useSubjectLine(editor: monaco.Editor | null): void {
  const step = useView((state) => state.step)
  const clean = useLab(({ history, applied }) => history.present === applied)
  useEffect(() => {
    const lines = clean ? (step?.decision?.subject ?? []).flatMap(({ line }) => line ?? []) : []
    const marks = editor?.createDecorationsCollection(
      lines.map((line) => ({
        range: new monaco.Range(line, 1, line, 1),
        options: {
          isWholeLine: true,
          className: 'yaml-used',
          glyphMarginClassName: 'yaml-used-mark',
          overviewRuler: { color: '#3b74f0', position: 2 },
        },
      })),
    )
    return () => marks?.clear()
  }, [editor, step, clean])
}

function useReveal(editor: monaco.Editor | null): void {
  const reveal = usePage((state) => state.reveal)
  useEffect(() => {
    if (!editor || !reveal) return
    editor.setPosition({ lineNumber: reveal.line, column: 1 })
    editor.revealLineInCenter(reveal.line)
    editor.focus()
  }, [editor, reveal])
}
