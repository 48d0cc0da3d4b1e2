#ifndef BOX_SHARE_PROTOCOL_H
#define BOX_SHARE_PROTOCOL_H

/* Of libboxshare.so: ROOT/FD/NAME/FD/NAME…, an empty folder's descriptor and those of the volumes that it is to show. */
#define SHARE_VARIABLE "BOX_SHARE"

#endif
