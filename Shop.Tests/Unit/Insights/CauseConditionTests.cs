using Shop.Insights.Causes;

namespace Shop.Tests.Unit.Insights;

public class CauseConditionTests
{
    [Fact]
    public void Rules_that_are_there_from_the_start_are_valid_and_have_an_order()
    {
        var rules = new CauseOptions().Rules;

        Assert.True(new CauseOptionsValidator().Validate(null, new()).Succeeded);
        Assert.Equal(8, rules.Count);
        Assert.All(rules.Values, rule => Assert.NotEmpty(rule.Summary!));
        Assert.Equal(rules.Count, rules.Values.Select(rule => rule.Precedence).Distinct().Count());
    }

    [Fact]
    public void Condition_of_a_span_has_values_alternatives_and_limits()
    {
        Assert.True(CauseCondition.TryParse("span kind=client error.type=a|b duration>=1s", out var condition, out _));

        Assert.Equal(CauseSubject.Span, condition.Subject);
        Assert.Equal(
            ["kind=client", "error.type=a|b", "duration>=1s"],
            condition.Comparisons.Select(item => $"{item.Name}{(item.IsAtLeast ? ">=" : "=")}{string.Join('|', item.Values)}"));
    }

    [Fact]
    public void Condition_of_an_event_names_one_that_must_not_follow()
    {
        Assert.True(CauseCondition.TryParse("event a.b x=1 without event c.d y=2", out var condition, out _));

        Assert.Equal((CauseSubject.Event, "a.b", "c.d"), (condition.Subject, condition.Event, condition.WithoutEvent));
        Assert.Equal(("x", "y"), (Assert.Single(condition.Comparisons).Name, Assert.Single(condition.WithoutComparisons).Name));
    }

    [Theory]
    [InlineData(null, "A condition is 'span")]
    [InlineData("", "A condition is 'span")]
    [InlineData("span", "A condition is 'span")]
    [InlineData("span kind=client without event a", "A condition is 'span")]
    [InlineData("lost-redirect a=b", "A condition is 'span")]
    [InlineData("event a without span kind=client", "A condition is 'span")]
    [InlineData("event a' or true", "A condition is 'span")]
    [InlineData("span kind", "'kind' is not a property")]
    [InlineData("span kind=", "'kind=' is not a property")]
    [InlineData("span kind=|", "'kind' needs a value")]
    [InlineData("span kind=caller", "The kind must be one of")]
    [InlineData("span color=red", "'color' is no property of a span")]
    [InlineData("span duration=2s", "duration>=2s")]
    [InlineData("span duration>=long", "duration>=2s")]
    [InlineData("span http.response.status_code>=bad", "must be a number")]
    [InlineData("span error.type>=5", "has no order")]
    [InlineData("span status=ok", "'error' only")]
    [InlineData("event a x>=5", "has no order")]
    [InlineData("event a x=1 without event b y", "'y' is not a property")]
    public void Condition_that_is_not_valid_is_explained_at_the_start(string? when, string expected)
    {
        var options = new CauseOptions { Rules = { ["mine"] = new() { When = when! } } };

        var message = new CauseOptionsValidator().Validate(null, options).FailureMessage;

        Assert.StartsWith("Insights:Causes:Rules:mine:When is invalid: ", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Summary_that_is_too_long_is_named()
    {
        var options = new CauseOptions { Rules = { ["mine"] = new() { When = "lost-redirect", Summary = new('x', 201) } } };

        var message = new CauseOptionsValidator().Validate(null, options).FailureMessage;

        Assert.Equal("Insights:Causes:Rules:mine:Summary must have at most 200 characters.", message);
    }

    [Theory]
    [InlineData("none", 10)]
    [InlineData("Upper", 10)]
    [InlineData("", 10)]
    [InlineData("mine", 0)]
    [InlineData("mine", 1001)]
    public void Name_and_precedence_that_are_not_valid_are_named(string cause, int precedence)
    {
        var options = new CauseOptions { Rules = { [cause] = new() { When = "lost-redirect", Precedence = precedence } } };

        var message = new CauseOptionsValidator().Validate(null, options).FailureMessage;

        Assert.Contains($"Insights:Causes:Rules:{cause}", message, StringComparison.Ordinal);
    }
}
