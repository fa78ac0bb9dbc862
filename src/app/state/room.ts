/** Height of a lane in pixels. */
export const LANE = 12

/** Lanes that packets side by side may take before they share the last one. */
export const MOST = 4

/** What of the strip is no lane: the whole story above, the times below, the space between. */
const AROUND = 43

/**
 * Height of the timeline in pixels: room for all the lanes that there can be, so that the picture above stays where it is while a
 * lab boots, grows or is edited. The control plane is one lane; ARP and DNS are until they are unfolded.
 */
export const stripHeight = (unfolded: readonly string[]): number => {
  const lanes = 1 + (['arp', 'dns'] as const).reduce((sum, group) => sum + (unfolded.includes(group) ? MOST : 1), MOST)
  return AROUND + lanes * LANE
}

/** Height of the dock when only its tabs are seen. */
export const CLOSED_DOCK = 35

/** Sizes in pixels of the panes around the picture as the page opens. */
export const paneSizes = (): Readonly<Record<'left' | 'right' | 'bottom', number>> => ({
  left: 212,
  right: window.innerWidth >= 1600 ? 400 : 340,
  bottom: window.innerHeight >= 960 ? 300 : 220,
})
