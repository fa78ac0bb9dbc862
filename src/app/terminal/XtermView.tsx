import { FitAddon } from '@xterm/addon-fit'
import { Terminal } from '@xterm/xterm'
import '@xterm/xterm/css/xterm.css'
import { useEffect, useRef } from 'react'
import { useI18n } from '../state/i18n.ts'
import { usePage } from '../state/stores.ts'
import { Shell } from './shell.ts'

export interface XtermViewProps {
  readonly place: string
  readonly front: boolean
  readonly onStory: (story: number) => void
}

/** xterm.js in a frame. Loaded when the first terminal is opened. */
export default function XtermView({ place, front, onStory }: XtermViewProps) {
  const i18n = useI18n()
  const frame = useRef<HTMLDivElement>(null)
  const terminal = useRef<Terminal>(null)
  const latest = useRef({ i18n, onStory })
  useEffect(() => {
    latest.current = { i18n, onStory }
  })

  useEffect(() => {
    const created = new Terminal({
      convertEol: true,
      cursorBlink: false,
      fontFamily: "'JetBrains Mono Variable', monospace",
      fontSize: 12,
      lineHeight: 1.15,
      screenReaderMode: true,
      scrollback: 5000,
      theme: colours(),
      minimumContrastRatio: 4.5,
    })
    const fit = new FitAddon()
    created.loadAddon(fit)
    // Links that a program's output carries (OSC 8) would lead out of the page.
    created.parser.registerOscHandler(8, () => true)
    created.open(frame.current!)
    terminal.current = created
    const refit = (): void => {
      if (frame.current && frame.current.clientWidth > 40 && frame.current.clientHeight > 20) fit.fit()
    }
    refit()
    const shell = new Shell(
      created,
      place,
      () => {
        const { t } = latest.current.i18n
        return {
          forked: t('ui.forked'),
          gone: t('ui.session-gone'),
          stopped: ({ limit, n }) => t(`ui.stopped-${limit}`, { n }),
        }
      },
      (story) => latest.current.onStory(story),
    )
    const sizes = new ResizeObserver(refit)
    sizes.observe(frame.current!)
    const themes = new MutationObserver(() => {
      created.options.theme = colours()
    })
    themes.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    return () => {
      sizes.disconnect()
      themes.disconnect()
      shell.dispose()
      created.dispose()
    }
  }, [place])

  useEffect(() => {
    if (front && usePage.getState().terminalGrabs) terminal.current?.focus()
  }, [front])

  return <div className="xterm-frame" ref={frame} hidden={!front} data-testid={`terminal:${place}`} />
}

function colours() {
  const dark = document.documentElement.dataset['theme'] === 'dark'
  return dark
    ? {
        background: '#161b22',
        foreground: '#dfe5ec',
        cursor: '#7fa9ff',
        selectionBackground: '#2a4674',
        blue: '#86b0ff',
        brightBlue: '#86b0ff',
      }
    : {
        background: '#ffffff',
        foreground: '#222938',
        cursor: '#2860e1',
        cursorAccent: '#ffffff',
        selectionBackground: '#cfe0ff',
        blue: '#1d4fc4',
        brightBlue: '#1d4fc4',
      }
}
