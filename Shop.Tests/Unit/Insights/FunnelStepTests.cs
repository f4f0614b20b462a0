using Shop.Insights.Funnels;

namespace Shop.Tests.Unit.Insights;

public class FunnelStepTests
{
    [Fact]
    public void Steps_are_read_with_their_labels_and_properties_and_written_as_they_are_read()
    {
        const string Text = "page.viewed; Open checkout: page.viewed shop.page.path=/checkout shop.user.segment=new";

        Assert.True(FunnelStep.TryParseAll(Text, out var steps, out _));

        Assert.Equal(["page.viewed", "Open checkout"], steps.Select(step => step.Label));
        Assert.All(steps, step => Assert.Equal("page.viewed", step.Event));
        Assert.Equal([new("shop.page.path", "/checkout"), new("shop.user.segment", "new")], steps[1].Properties);
        Assert.Equal(Text, string.Join("; ", steps));
    }

    [Theory]
    [InlineData("")]
    [InlineData("page.viewed")]
    [InlineData("a;b;c;d;e;f;g;h;i")]
    [InlineData("a; b c")]
    [InlineData("a; b c=")]
    [InlineData("a; b'")]
    [InlineData("a; : b")]
    public void Invalid_steps_are_rejected_with_a_reason(string text)
    {
        Assert.False(FunnelStep.TryParseAll(text, out _, out var error));
        Assert.NotEmpty(error);
    }

    [Fact]
    public void Default_funnel_is_valid_and_ends_with_the_payment()
    {
        Assert.True(new FunnelOptionsValidator().Validate(null, new()).Succeeded);
        Assert.True(FunnelStep.TryParseAll(new FunnelOptions().Steps, out var steps, out _));
        Assert.Equal("payment.accepted", steps[^1].Event);
    }

    [Fact]
    public void Invalid_funnel_settings_are_rejected_with_their_name()
    {
        AssertFails("Steps", new() { Steps = "page.viewed" });
        AssertFails("Window", new() { Window = TimeSpan.Zero });

        static void AssertFails(string setting, FunnelOptions options) =>
            Assert.Contains(setting, new FunnelOptionsValidator().Validate(null, options).FailureMessage, StringComparison.Ordinal);
    }
}
