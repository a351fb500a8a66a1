package org.dlrm4j.cli;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * Turns the first SIGINT or SIGTERM into a request to stop in good order; a second one ends the process at once. A
 * shutdown hook could not do that: once it runs, the JVM ignores further signals.
 *
 * <p>{@code sun.misc.Signal} is reached by reflection, because javac's warning about it cannot be suppressed.
 */
public final class Interruption implements AutoCloseable {
    /** Exit code of an interrupted command. */
    public static final int EXIT_CODE = 130;

    private static final String[] SIGNALS = {"INT", "TERM"};

    private final Runnable request;
    private final Object[] formerHandlers = new Object[SIGNALS.length];
    private volatile boolean requested;

    private Interruption(Runnable request) {
        this.request = request;
    }

    /**
     * Starts to listen.
     *
     * @param request what the first signal does, on a thread of the JVM
     */
    public static Interruption listen(Runnable request) {
        final Interruption interruption = new Interruption(request);
        try {
            final MethodHandles.Lookup lookup = MethodHandles.lookup();
            final MethodHandle received = lookup
                    .findVirtual(Interruption.class, "received", MethodType.methodType(void.class))
                    .bindTo(interruption);
            final Class<?> signal = Class.forName("sun.misc.Signal");
            final Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            final Object handler = MethodHandleProxies.asInterfaceInstance(handlerType,
                    MethodHandles.dropArguments(received, 0, signal));
            for (int i = 0; i < SIGNALS.length; i++) {
                interruption.formerHandlers[i] = handle(SIGNALS[i], handler);
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
        return interruption;
    }

    private static Object handle(String name, Object handler) throws ReflectiveOperationException {
        final Class<?> signal = Class.forName("sun.misc.Signal");
        return signal.getMethod("handle", signal, Class.forName("sun.misc.SignalHandler")).invoke(null,
                signal.getConstructor(String.class).newInstance(name), handler);
    }

    private void received() {
        if (requested) {
            Runtime.getRuntime().halt(EXIT_CODE);
        }
        requested = true;
        request.run();
    }

    @Override
    public void close() {
        try {
            for (int i = 0; i < SIGNALS.length; i++) {
                handle(SIGNALS[i], formerHandlers[i]);
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
