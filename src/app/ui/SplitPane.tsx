import { Separator } from 'react-resizable-panels'

export { Group as SplitGroup, Panel as SplitPanel } from 'react-resizable-panels'

/** The line between two panes; drag it, or focus it and use the arrow keys. */
export const SplitLine = ({
  orientation,
  label,
}: {
  readonly orientation: 'horizontal' | 'vertical'
  readonly label: string
}) => <Separator className={orientation === 'horizontal' ? 'split-h' : 'split-v'} aria-label={label} />
