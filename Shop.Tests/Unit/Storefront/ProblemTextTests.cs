using System.Reflection;
using Shop.Storefront.Clients;
using Shop.Storefront.Pages.Layout;

namespace Shop.Tests.Unit.Storefront;

public class ProblemTextTests
{
    public static TheoryData<string> Codes => [.. ConstantsOf("Shop.Cart", "Shop.Cart.ProblemCodes").Except(["out_of_stock"])];

    public static TheoryData<string> Reasons => [.. ConstantsOf("Shop.Orders", "Shop.Orders.Ordering.StatusReasons")];

    [Theory]
    [MemberData(nameof(Codes))]
    public void Problem_of_the_cart_has_words(string code) => Assert.NotNull(ProblemTexts.Find(code));

    [Theory]
    [MemberData(nameof(Reasons))]
    public void Reason_of_an_order_has_words(string reason) =>
        Assert.NotEqual(ProblemTexts.OfReason("unknown_reason"), ProblemTexts.OfReason(reason));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("<b>")]
    public void Code_that_somebody_typed_into_the_address_shows_nothing(string? code) => Assert.Null(ProblemTexts.Find(code));

    [Theory]
    [InlineData("out_of_stock", 3, "Only 3 left. Please lower the quantity.")]
    [InlineData("out_of_stock", 0, "Sold out. Please remove it to order the rest.")]
    [InlineData("unknown_product", null, "Not sold any more. Please remove it to order the rest.")]
    [InlineData(null, 3, null)]
    public void Line_that_cannot_be_bought_says_why(string? problem, int? available, string? text) =>
        Assert.Equal(text, ProblemTexts.OfLine(new CartContentsLine("A-1", "A", 5, null, null, null, available, problem)));

    private static IEnumerable<string> ConstantsOf(string assembly, string type) =>
        Assembly.Load(assembly).GetType(type, throwOnError: true)!
            .GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(field => (string)field.GetRawConstantValue()!);
}
