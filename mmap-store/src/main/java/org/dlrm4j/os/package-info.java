/**
 * Every native call of dlrm4j, through the Foreign Function and Memory API to libc, and what the kernel tells about the
 * machine's CPUs and NUMA nodes. A call that fails throws with the name of the call, its arguments and errno in words; a
 * call that is merely advice or placement is a no-op where the kernel refuses it. Nothing here knows about tables or
 * models.
 */
package org.dlrm4j.os;
