package org.dlrm4j.cli.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import org.dlrm4j.train.OptimizerKind;
import org.dlrm4j.train.OptimizerSettings;
import org.junit.jupiter.api.Test;

/** Settings are read, written and drawn. */
class ModelSettingsTest {
    private static final ComparedModel WDL = ComparedModel.named("wdl");

    private static OptimizerSettings optimizer(String settings) {
        return WDL.defaults(1).with(settings).optimizerSettings();
    }

    @Test
    void everySettingIsReadAndWritten() {
        final String text = "lr=0.03 opt=adam passes=4 l2=2.5e-4 dim=5 mlp=7-3 dropout=0.25 crosses=0x3,1x2x5";
        assertEquals(text, WDL.defaults(100_000).with(text.replace(' ', ',')).text(WDL));
        assertEquals(text, WDL.defaults(100_000).with("crosses=0x3,1x2x5,lr=0.03,passes=4,opt=adam")
                .with("dropout=0.25,mlp=7-3,l2=0.00025,dim=5").text(WDL));
        // What means nothing to a model is not said of it.
        assertEquals("lr=0.03 opt=adam passes=4 l2=2.5e-4",
                WDL.defaults(100_000).with(text.replace(' ', ',')).text(ComparedModel.named("lr")));
    }

    @Test
    void l2IsDecayWhereTheMethodHasIt() {
        final OptimizerSettings adagrad = optimizer("opt=adagrad,l2=0.01");
        assertEquals(0.01f, adagrad.dense().weightDecay());
        assertEquals(0.01f, adagrad.embedding().weightDecay());
        assertEquals(0.01f, adagrad.wide().weightDecay());
        final OptimizerSettings recipe = optimizer("opt=wide-deep,l2=0.01");
        assertEquals(OptimizerKind.FTRL, recipe.wide().kind());
        assertEquals(0.01f, recipe.wide().l2());
        assertEquals(0, recipe.wide().weightDecay());
        assertEquals(0.01f, recipe.embedding().weightDecay());
    }

    @Test
    void tablesMayDifferInRateAndDecay() {
        final String text = "lr=0.01 opt=adagrad passes=2 l2=0.01 dim=4 elr=0.5 el2=0.1 wlr=10 wl2=0.02 mlp=8 dropout=0";
        final ModelSettings settings = WDL.defaults(1).with(text.replace(' ', ','));
        assertEquals(text, settings.text(WDL));
        assertEquals("lr=0.01 opt=adagrad passes=2 l2=0.01 wlr=10 wl2=0.02", settings.text(ComparedModel.named("lr")));
        final OptimizerSettings optimizer = settings.optimizerSettings();
        assertEquals(0.5f, optimizer.embedding().learningRateFactor());
        assertEquals(0.1f, optimizer.embedding().weightDecay());
        assertEquals(10f, optimizer.wide().learningRateFactor());
        assertEquals(0.02f, optimizer.wide().weightDecay());
        assertEquals(1f, optimizer.dense().learningRateFactor());
        assertEquals(0.01f, optimizer.dense().weightDecay());
        // A decay given alone is that of all parameters.
        assertEquals(0.3f, settings.with("l2=0.3").optimizerSettings().wide().weightDecay());
    }

    @Test
    void drawnSettingsDifferStayInRangeAndBeginWithTheStart() {
        final ModelSettings start = WDL.defaults(1).with("opt=adam,crosses=0x1");
        final List<ModelSettings> many = SettingsSearch.trials(WDL, start, 40);
        assertEquals(start, many.getFirst());
        assertEquals(many.subList(0, 7), SettingsSearch.trials(WDL, start, 7));
        assertEquals(40, new HashSet<>(many).size());
        for (ModelSettings settings : many.subList(1, many.size())) {
            assertTrue(settings.learningRate() >= 0.0029 && settings.learningRate() <= 0.301, settings.toString());
            assertTrue(settings.l2() == 0 || settings.l2() >= SettingsSearch.MIN_L2 * 0.99
                    && settings.l2() <= SettingsSearch.MAX_L2 * 1.01, settings.toString());
            assertEquals("adam", settings.optimizer());
            assertEquals("0x1", settings.crosses());
        }
        assertTrue(many.stream().anyMatch(s -> s.l2() == 0) && many.stream().anyMatch(s -> s.l2() > 0));
        assertTrue(many.stream().map(ModelSettings::dropout).distinct().count() == SettingsSearch.DROPOUTS.size());
        assertTrue(many.stream().map(ModelSettings::dim).distinct().count() == SettingsSearch.DIMS.size());
    }
}
