import { useState } from 'react'

/**
 * Gives the focus back to what had it when a dialog opened. Dialogs here have no trigger of their own (keys open them too), so the
 * widget library cannot know.
 */
export function useOpener(): (event: Event) => void {
  const [opener] = useState(() => document.activeElement)
  return (event) => {
    event.preventDefault()
    if (opener instanceof HTMLElement && opener.isConnected) opener.focus()
  }
}
