import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef, useState } from 'react'
import './split.css'

export interface SidePaneProps {
  /** `left` and `right` lie in a `.split-row`, `bottom` in a `.split-column`, beside one `.split-rest` that takes what is left. */
  readonly side: 'left' | 'right' | 'bottom'
  /** What the line says that sets the size. */
  readonly label: string
  /** Pixels. */
  readonly initial: number
  readonly min: number
  readonly max: number
  /** The size for now, in pixels, whatever the line says. */
  readonly fixed?: number | undefined
  readonly className?: string
  readonly children: ReactNode
}

const STEP = 20

/** A pane with a line along its inner edge: drag it, or focus it and use the arrow keys. */
export function SidePane({ side, label, initial, min, max, fixed, className = '', children }: SidePaneProps) {
  const [wanted, setWanted] = useState(initial)
  const grabbed = useRef<number | null>(null)
  const pane = useRef<HTMLDivElement>(null)
  const upright = side !== 'bottom'
  const inwards = side === 'left' ? 1 : -1
  const size = fixed ?? wanted
  const resize = (to: number): void => setWanted(Math.round(Math.max(min, Math.min(max, to))))
  /** What one sees, which may be less than what is wanted. */
  const seen = (): number => (upright ? pane.current!.offsetWidth : pane.current!.offsetHeight)

  const line = (
    <div
      className={upright ? 'split-line' : 'split-line lying'}
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation={upright ? 'vertical' : 'horizontal'}
      aria-valuenow={size}
      aria-valuemin={min}
      aria-valuemax={max}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId)
        grabbed.current = seen() - inwards * along(event, upright)
      }}
      onPointerMove={(event) => grabbed.current !== null && resize(grabbed.current + inwards * along(event, upright))}
      onLostPointerCapture={() => (grabbed.current = null)}
      onKeyDown={(event) => {
        const to = sizeAfter(event, upright, inwards, seen(), min, max)
        if (to === null) return
        event.preventDefault()
        resize(to)
      }}
    />
  )
  return (
    <>
      {side !== 'left' && line}
      <div ref={pane} className={`split-pane ${className}`} data-side={side} style={{ flexBasis: size }}>
        {children}
      </div>
      {side === 'left' && line}
    </>
  )
}

const along = ({ clientX, clientY }: PointerEvent, upright: boolean): number => (upright ? clientX : clientY)

/** Where a key moves the line to; `null`: it is not for the line. */
function sizeAfter(
  { key }: KeyboardEvent,
  upright: boolean,
  inwards: number,
  size: number,
  min: number,
  max: number,
): number | null {
  if (key === 'Home') return min
  if (key === 'End') return max
  if (key === (upright ? 'ArrowRight' : 'ArrowDown')) return size + inwards * STEP
  if (key === (upright ? 'ArrowLeft' : 'ArrowUp')) return size - inwards * STEP
  return null
}
