#ifndef BOX_SHARE_PROTOCOL_H
#define BOX_SHARE_PROTOCOL_H

/* For libboxshare.so: ROOT/FD/NAME/FD/NAME…, the descriptors of an empty directory and of the volumes to show in it. */
#define SHARE_VARIABLE "BOX_SHARE"

#endif
