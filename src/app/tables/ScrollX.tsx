import { type ReactNode, useEffect, useRef, useState } from 'react'

/** What is wider than its place: scrolled sideways, with a shadow at each edge behind which there is more. */
export function ScrollX({ className, children }: { readonly className: string; readonly children: ReactNode }) {
  const frame = useRef<HTMLDivElement>(null)
  const [more, setMore] = useState('')
  useEffect(() => {
    const box = frame.current!
    const look = (): void => {
      const rest = box.scrollWidth - box.clientWidth - box.scrollLeft
      setMore([box.scrollLeft > 1 && 'left', rest > 1 && 'right'].filter(Boolean).join(' '))
    }
    look()
    box.addEventListener('scroll', look, { passive: true })
    const sizes = new ResizeObserver(look)
    sizes.observe(box)
    for (const inner of box.children) sizes.observe(inner)
    return () => {
      box.removeEventListener('scroll', look)
      sizes.disconnect()
    }
  }, [])
  return (
    <div className="scroll-x" data-more={more}>
      {/* Reached with Tab only where the arrows have something to do. */}
      <div ref={frame} className={className} tabIndex={more === '' ? undefined : 0}>
        {children}
      </div>
    </div>
  )
}
