import type { Terminal } from '@xterm/xterm'
import type { Notice } from '../../worker/client.ts'
import { followLive, inputCursor, listenToOutput, report, simulator } from '../state/session.ts'
import { useCursor } from '../state/stores.ts'
import { EMPTY_LINE, type LineState, commonStart, complete, endOf, insert, press, sent } from './line-editor.ts'

type Output = Extract<Notice, { type: 'output' }>

export interface ShellTexts {
  /** Said when a command is run in the past: what came after is gone. */
  readonly forked: string
  /** Said when the past was changed so that the command in the foreground never ran. */
  readonly gone: string
  /** Said when a limit of ours ends it. */
  readonly stopped: (by: NonNullable<Output['stopped']>) => string
}

/** One terminal: the line editor, the prompt, and one program at a time in the foreground. */
export class Shell {
  readonly #terminal: Terminal
  /** Where the terminal stands, and the shells that were entered from there, the present one last. */
  #places: readonly string[]
  readonly #texts: () => ShellTexts
  readonly #onStory: (story: number) => void
  #line: LineState = EMPTY_LINE
  #session: number | null = null
  #starting = false
  /** Ctrl+C came before the program had started. */
  #interrupted = false
  /** Output that came before the answer which names its session. */
  #early: Output[] = []
  #rows = 0
  /** Lines of a command that is not whole yet. */
  #begun: readonly string[] = []
  /** Pasted lines that wait for the prompt; the last has no Enter behind it. */
  #pasted: readonly string[] = []
  readonly #stop: () => void

  constructor(terminal: Terminal, place: string, texts: () => ShellTexts, onStory: (story: number) => void) {
    this.#terminal = terminal
    this.#places = [place]
    this.#texts = texts
    this.#onStory = onStory
    this.#stop = listenToOutput((output) => this.#receive(output))
    terminal.onData((data) => this.#type(data))
    this.#prompt()
  }

  dispose(): void {
    this.#stop()
  }

  get #place(): string {
    return this.#places.at(-1)!
  }

  get #promptText(): string {
    if (this.#begun.length > 0) return '> '
    const parts = this.#place.split('/')
    return `root@${parts[0] === 'pod' ? parts[2] : parts[1]}:~# `
  }

  #prompt(): void {
    this.#rows = 0
    const [next, ...rest] = this.#pasted
    this.#pasted = rest
    if (next !== undefined) this.#line = insert(this.#line, next)
    this.#draw()
    if (rest.length > 0) this.#enter()
  }

  /** Writes the line anew; one that is longer than the terminal is wide takes several rows. */
  #draw(): void {
    const { cols } = this.#terminal
    const { text, caret } = this.#line
    const at = endOf(this.#promptText + text.slice(0, caret), cols)
    const end = endOf(this.#promptText + text, cols)
    // A full row leaves the caret behind its last cell: it belongs at the beginning of the next.
    const [row, column] = at.column === cols ? [at.row + 1, 0] : [at.row, at.column]
    const wrap = end.column === cols ? '\r\n' : ''
    const down = end.row + (wrap ? 1 : 0) - row
    const up = this.#rows > 0 ? `\x1b[${this.#rows}A` : ''
    const back = down > 0 ? `\x1b[${down}A` : ''
    const prompt = `\x1b[1;34m${this.#promptText.slice(0, -1)}\x1b[0m `
    this.#terminal.write(`${up}\r\x1b[J${prompt}${text}${wrap}${back}\r${column > 0 ? `\x1b[${column}C` : ''}`)
    this.#rows = row
  }

  #type(data: string): void {
    if (data === '\x03') return this.#interrupt()
    if (this.#session !== null || this.#starting) return
    if (data === '\x04' && this.#line.text === '' && this.#begun.length === 0) return this.#leave()
    if (data === '\t') return void this.#complete().catch(report)
    if (data === '\x0c') {
      this.#terminal.write('\x1b[H\x1b[2J')
      this.#rows = 0
      return this.#draw()
    }
    const edited = press(this.#line, data)
    if (edited) this.#line = edited
    else if (data.includes('\r')) return this.#paste(data)
    else if (!data.startsWith('\x1b') && data >= ' ') this.#line = insert(this.#line, data)
    this.#draw()
  }

  /** Enter, alone or in pasted text: its lines are run one after the other, and what has no Enter behind it is left in the line. */
  #paste(data: string): void {
    const [first = '', ...rest] = data.split('\r')
    this.#line = insert(this.#line, first)
    this.#pasted = rest
    this.#enter()
  }

  #enter(): void {
    this.#line = { ...this.#line, caret: this.#line.text.length }
    this.#draw()
    const { text } = this.#line
    this.#line = sent(this.#line)
    this.#terminal.write('\r\n')
    if (this.#begun.length === 0 && text.trim() === '') return this.#prompt()
    if (this.#begun.length === 0 && text.trim() === 'clear') {
      this.#terminal.write('\x1b[H\x1b[2J\x1b[3J')
      return this.#prompt()
    }
    if (this.#begun.length === 0 && text.trim() === 'exit' && this.#places.length > 1) return this.#leave('')
    this.#begun = [...this.#begun, text]
    this.#run(this.#begun.join('\n')).catch(report)
  }

  /** Back to the shell before. That of the terminal itself stays. */
  #leave(said = 'exit'): void {
    if (this.#places.length === 1) return
    this.#places = this.#places.slice(0, -1)
    if (said !== '') this.#terminal.write(`${said}\r\n`)
    this.#prompt()
  }

  async #run(line: string): Promise<void> {
    const cursor = inputCursor()
    this.#starting = true
    this.#early = []
    const answer = await simulator()
      .ask('exec', { place: this.#place, line, cursor })
      .finally(() => {
        this.#starting = false
      })
      .catch((problem: unknown) => {
        this.#begun = []
        this.#prompt()
        throw problem
      })
    if ('unfinished' in answer) return this.#interrupted ? this.#interrupt() : this.#prompt()
    this.#begun = []
    if (!answer.ok) {
      this.#terminal.write(`${answer.message}\n`)
      return this.#prompt()
    }
    if ('enters' in answer) {
      this.#terminal.write(answer.text)
      this.#places = [...this.#places, answer.enters]
      return this.#interrupted ? this.#interrupt() : this.#prompt()
    }
    if (answer.forked) this.#terminal.write(`\x1b[2m${this.#texts().forked}\x1b[0m\r\n`)
    this.#session = answer.session
    // A command that only read the past has no story of its own: the cursor stays.
    if (answer.session > 0) {
      this.#onStory(answer.story)
      followLive()
    }
    if (this.#interrupted) this.#interrupt()
    for (const output of this.#early.splice(0)) this.#receive(output)
  }

  #receive(output: Output): void {
    if (this.#starting) this.#early.push(output)
    if (output.session !== this.#session) return
    this.#terminal.write(output.text)
    if (output.stopped) this.#terminal.write(`\r\n\x1b[2m${this.#texts().stopped(output.stopped)}\x1b[0m\r\n`)
    if (output.exit === null) return
    this.#session = null
    if (output.gone) this.#terminal.write(`\r\n\x1b[2m${this.#texts().gone}\x1b[0m\r\n`)
    const { cursorX } = this.#terminal.buffer.active
    this.#terminal.write('', () => {
      if (
        this.#terminal.buffer.active.cursorX > 0 ||
        (output.text !== '' && !output.text.endsWith('\n') && cursorX >= 0)
      )
        this.#terminal.write('\r\n')
      this.#prompt()
    })
  }

  #interrupt(): void {
    this.#interrupted = this.#starting
    if (this.#starting) return
    if (this.#session !== null) {
      this.#terminal.write('^C')
      simulator().ask('interrupt', { session: this.#session }).catch(report)
      return
    }
    this.#begun = []
    this.#pasted = []
    this.#line = { ...sent({ ...this.#line, text: '' }), history: this.#line.history, at: this.#line.history.length }
    this.#terminal.write('^C\r\n')
    this.#prompt()
  }

  async #complete(): Promise<void> {
    const { text, caret } = this.#line
    const { candidates, from } = await simulator().ask('completeLine', {
      place: this.#place,
      line: text.slice(0, caret),
      cursor: useCursor.getState().cursor,
    })
    if (candidates.length === 0 || this.#line.text !== text) return
    const common = commonStart(candidates)
    const word = candidates.length === 1 && !/[\s/=]$/.test(common) ? `${common} ` : common
    if (word.length > caret - from) {
      this.#line = complete(this.#line, from, word)
      return this.#draw()
    }
    this.#terminal.write(`\r\n${candidates.join('  ')}\r\n`)
    this.#prompt()
  }
}
