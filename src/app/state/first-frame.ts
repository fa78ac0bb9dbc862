import { create } from 'zustand'

/** Whether the first picture is on the screen: what else there is to do, or to show, does not keep it from there. */
export const usePainted = create<{ readonly painted: boolean }>(() => ({ painted: false }))

/** Resolves when it is. */
export const firstFrame = new Promise<void>((resolve) => usePainted.subscribe(() => resolve()))

/** Called when the picture has been rendered. */
export function firstRendered(): void {
  // The first call is made before the frame is painted, the second one when the next frame is due.
  requestAnimationFrame(() => requestAnimationFrame(() => usePainted.setState({ painted: true })))
}
