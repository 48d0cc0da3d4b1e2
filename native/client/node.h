#ifndef BOX_CLIENT_NODE_H
#define BOX_CLIENT_NODE_H

/* Executes Node with box.js, which is in the same directory as this program, and the same arguments. */
_Noreturn void become_node(int argc, char **argv);

#endif
