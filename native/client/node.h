#ifndef BOX_CLIENT_NODE_H
#define BOX_CLIENT_NODE_H

/* Becomes Node with box.js, which lies beside this program, and the same arguments. */
_Noreturn void become_node(int argc, char **argv);

#endif
