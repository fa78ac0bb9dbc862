let tell: () => void
/** Resolves when the first frame that the page has rendered is on the screen: what else there is to do does not keep it from there. */
export const firstFrame = new Promise<void>((resolve) => (tell = resolve))

/** Called when the page has been rendered for the first time. */
export function firstRendered(): void {
  // The first call is made before the frame is painted, the second one when the next frame is due.
  requestAnimationFrame(() => requestAnimationFrame(() => tell()))
}
