let tell: () => void
/** Resolves when the first picture is on the screen: what else there is to do does not keep it from there. */
export const firstFrame = new Promise<void>((resolve) => (tell = resolve))

/** Called when the picture has been rendered. */
export function firstRendered(): void {
  // The first call is made before the frame is painted, the second one when the next frame is due.
  requestAnimationFrame(() => requestAnimationFrame(() => tell()))
}
