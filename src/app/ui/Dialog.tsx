import { X } from 'lucide-react'
import * as Radix from 'radix-ui/dialog'
import type { ReactNode } from 'react'
import { Button } from './Button.tsx'
import { useOpener } from './opener.ts'

export interface DialogProps {
  readonly open: boolean
  readonly onClose: () => void
  readonly title: string
  /** One sentence under the title, read out with it. */
  readonly lead?: string
  readonly closeLabel: string
  readonly wide?: boolean
  readonly children: ReactNode
}

export function Dialog({ open, onClose, title, lead, closeLabel, wide = false, children }: DialogProps) {
  const giveBack = useOpener()
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="veil" />
        <Radix.Content
          className={wide ? 'dialog wide' : 'dialog'}
          onCloseAutoFocus={giveBack}
          {...(lead ? {} : { 'aria-describedby': undefined })}
        >
          <header>
            <Radix.Title>{title}</Radix.Title>
            <Radix.Close asChild>
              <Button tone="quiet" className="icon" aria-label={closeLabel}>
                <X />
              </Button>
            </Radix.Close>
          </header>
          {lead && <Radix.Description className="lead">{lead}</Radix.Description>}
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
