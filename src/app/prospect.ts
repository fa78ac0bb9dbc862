import { openLink } from '../worker/link.ts'
import { isInPicture } from '../worker/picture.ts'
import type { Cursor, TimelineUpdate } from '../worker/protocol.ts'
import { pictureOf } from './pictures.ts'
import type { Prospect } from './state/session.ts'

/** What a link will show, where the build knows it already. Never rejects. */
export async function prospectOf(fragment: string): Promise<Prospect | null> {
  const shared = await openLink(fragment)
  const picture = shared.ok && (await pictureOf(shared.value.text))
  if (!picture) return null
  const cursor = shared.value.cursor ?? picture.answer.cursor
  return isInPicture(picture, cursor) ? { picture, cursor } : null
}

/** What a bundled lab shows where nobody has said what to look at: a request on its way. Never rejects. */
export async function firstSight(text: string): Promise<Prospect | null> {
  const picture = await pictureOf(text)
  return picture && { picture, cursor: firstPacket(picture.update) }
}

/** Where a request is on its way: the first packet of the story. */
export function firstPacket({
  story,
  length,
  columns: { packet },
}: Pick<TimelineUpdate, 'story' | 'length' | 'columns'>): Cursor {
  for (let i = story; i < length; i++) if (packet[i] !== 0) return i
  return story
}
