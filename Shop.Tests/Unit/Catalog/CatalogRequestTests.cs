using System.Text.RegularExpressions;
using Google.Rpc;
using Grpc.Core;
using Microsoft.Extensions.Options;
using Shop.Catalog.Calls;
using Shop.Catalog.Products;
using Shop.Catalog.Stock;

namespace Shop.Tests.Unit.Catalog;

public class CatalogRequestTests
{
    [Fact]
    public void A_call_that_makes_no_sense_names_each_field()
    {
        var error = Assert.Throws<RpcException>(() => CallRefusal.Check(bad =>
        {
            bad.Unless(good: true, "fine", "");
            bad.Unless(good: false, "order_id", "Not a UUID.");
            bad.Unless(good: false, "lines[3].quantity", "Not above 0.");
        }));

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Equal(
            [("order_id", "Not a UUID."), ("lines[3].quantity", "Not above 0.")],
            error.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Select(violation => (violation.Field, violation.Description)));
    }

    [Theory]
    [InlineData("A cup", true)]
    [InlineData("Ü ☕", true)]
    [InlineData(" ", false)]
    [InlineData("a\0b", false)]
    [InlineData("two\nlines", false)]
    public void A_name_is_one_line_with_something_on_it(string name, bool good) =>
        Assert.Equal(good, Regex.IsMatch(name, Product.LinePattern));

    [Theory]
    [InlineData("One.\nTwo.\r\n\tThree.", true)]
    [InlineData("🙂", true)]
    [InlineData("\n \t", false)]
    [InlineData("a\0b", false)]
    [InlineData("bell\a", false)]
    public void A_description_may_have_several(string text, bool good) =>
        Assert.Equal(good, Regex.IsMatch(text, Product.TextPattern));

    public static TheoryData<string, Func<ValidateOptionsResult>> BadKnobs => new()
    {
        { "HoldFor", () => Validate(new StockOptions { HoldFor = TimeSpan.Zero }) },
        { "HoldFor", () => Validate(new StockOptions { HoldFor = TimeSpan.FromDays(8) }) },
        { "SweepEvery", () => Validate(new StockOptions { SweepEvery = TimeSpan.Zero }) },
    };

    [Theory]
    [MemberData(nameof(BadKnobs))]
    public void A_knob_at_a_bad_value_is_refused_by_name(string knob, Func<ValidateOptionsResult> validate)
    {
        Assert.True(Validate(new StockOptions()).Succeeded);
        Assert.Contains(knob, validate().FailureMessage, StringComparison.Ordinal);
    }

    private static ValidateOptionsResult Validate(StockOptions options) => new StockOptionsValidator().Validate(null, options);
}
