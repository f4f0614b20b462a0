using System.Text.RegularExpressions;
using Google.Protobuf.Collections;
using Google.Rpc;
using Grpc.Core;
using Microsoft.Extensions.Options;
using Shop.Catalog.Grpc;
using Shop.Catalog.Products;
using Shop.Catalog.Stock;
using Shop.Contracts;
using ReservationLine = Shop.Contracts.Catalog.V1.ReservationLine;

namespace Shop.Tests.Unit.Catalog;

public class CatalogRequestTests
{
    [Fact]
    public void Invalid_grpc_request_fails_with_each_invalid_field()
    {
        var error = Assert.Throws<RpcException>(() => RequestValidation.Validate(fields =>
        {
            fields.Require(condition: true, "valid", "");
            fields.Require(condition: false, "order_id", "Must be a UUID.");
            fields.Require(condition: false, "lines[3].quantity", "Must be greater than 0.");
        }));

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Equal(
            [("order_id", "Must be a UUID."), ("lines[3].quantity", "Must be greater than 0.")],
            error.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Select(violation => (violation.Field, violation.Description)));
    }

    [Theory]
    [InlineData("A-1", true)]
    [InlineData("12345678901234567890123456789012", true)]
    [InlineData("123456789012345678901234567890123", false)]
    [InlineData("", false)]
    [InlineData("a b", false)]
    [InlineData("A-1\n", false)]
    public void Sku_of_a_grpc_request_must_match_the_pattern_completely(string sku, bool valid)
    {
        var error = Record.Exception(() => RequestValidation.Validate(fields => fields.RequireSku(sku)));
        Assert.Equal(valid, error is null);
    }

    [Theory]
    [InlineData(OrderLimits.MaxLines, true)]
    [InlineData(OrderLimits.MaxLines + 1, false)]
    public void Catalog_takes_as_many_lines_as_an_order_may_have(int lines, bool valid)
    {
        string[] skus = [.. Enumerable.Range(0, lines).Select(i => $"SKU-{i}")];
        Action<RequestValidation>[] requests =
        [
            fields => fields.RequireSkus(new RepeatedField<string> { skus }),
            fields => fields.RequireLines(
                new RepeatedField<ReservationLine> { skus.Select(sku => new ReservationLine { Sku = sku, Quantity = 1 }) }),
        ];
        Assert.All(requests, request => Assert.Equal(valid, Record.Exception(() => RequestValidation.Validate(request)) is null));
    }

    [Theory]
    [InlineData("A cup", true)]
    [InlineData("Ü ☕", true)]
    [InlineData(" ", false)]
    [InlineData("a\0b", false)]
    [InlineData("two\nlines", false)]
    public void Name_must_be_a_single_line_that_is_not_blank(string name, bool valid) =>
        Assert.Equal(valid, Regex.IsMatch(name, Product.SingleLinePattern));

    [Theory]
    [InlineData("One.\nTwo.\r\n\tThree.", true)]
    [InlineData("🙂", true)]
    [InlineData("\n \t", false)]
    [InlineData("a\0b", false)]
    [InlineData("bell\a", false)]
    public void Description_may_have_several_lines_but_no_control_characters(string description, bool valid) =>
        Assert.Equal(valid, Regex.IsMatch(description, Product.MultilinePattern));

    public static TheoryData<string, Func<ValidateOptionsResult>> InvalidOptions => new()
    {
        { "ReservationTimeout", () => Validate(new StockOptions { ReservationTimeout = TimeSpan.Zero }) },
        { "ReservationTimeout", () => Validate(new StockOptions { ReservationTimeout = TimeSpan.FromDays(8) }) },
        { "ExpirationCheckInterval", () => Validate(new StockOptions { ExpirationCheckInterval = TimeSpan.Zero }) },
    };

    [Theory]
    [MemberData(nameof(InvalidOptions))]
    public void Invalid_option_fails_validation_by_name(string option, Func<ValidateOptionsResult> validate)
    {
        Assert.True(Validate(new StockOptions()).Succeeded);
        Assert.Contains(option, validate().FailureMessage, StringComparison.Ordinal);
    }

    private static ValidateOptionsResult Validate(StockOptions options) => new StockOptionsValidator().Validate(null, options);
}
