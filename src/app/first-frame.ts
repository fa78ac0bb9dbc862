let tell: () => void
/** Resolves when the first frame that the page has rendered is on the screen. */
export const firstFrame = new Promise<void>((resolve) => (tell = resolve))

/** Called when the page has been rendered for the first time. */
export function firstRendered(): void {
  requestAnimationFrame(() => setTimeout(tell))
}
