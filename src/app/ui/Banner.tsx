import { CircleAlert, X } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from './Button.tsx'

export interface BannerProps {
  readonly tone: 'info' | 'warn' | 'bad'
  readonly closeLabel: string
  readonly onClose: () => void
  readonly children: ReactNode
}

export function Banner({ tone, closeLabel, onClose, children }: BannerProps) {
  return (
    <div className="banner" data-tone={tone} role={tone === 'info' ? 'status' : 'alert'}>
      <CircleAlert aria-hidden />
      <span>{children}</span>
      <Button tone="quiet" className="icon" aria-label={closeLabel} onClick={onClose}>
        <X />
      </Button>
    </div>
  )
}
