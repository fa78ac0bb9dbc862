#!/bin/sh
# The first program of the guest: plays the scenarios in /share/list and writes what was seen beside them.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
mount --make-rshared /
echo /bin/modprobe > /proc/sys/kernel/modprobe
modprobe -a virtio_pci 9pnet_virtio 9p
mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144 share /share || echo 'guest: no share'
modprobe -a br_netfilter nf_conntrack tun
# no tunl0, gre0 … in every namespace
echo 2 > /proc/sys/net/core/fb_tunnels_only_for_init_net
cat /proc/version > /share/version
cp /share/stage /tmp/stage
for name in $(cat /share/list); do
  mkdir -p "/tmp/$name"
  STAGE=/tmp/stage unshare -m -n -p -f /bin/sh "/share/$name.sh" isolated "/tmp/$name" > "/tmp/$name/log" 2>&1
  echo $? > "/tmp/$name/status"
  mkdir "/share/$name"
  for file in capture outcomes state log status; do cp "/tmp/$name/$file" "/share/$name/"; done 2> /dev/null
  rm -r "/tmp/$name"
done
sync
umount /share
poweroff -f
