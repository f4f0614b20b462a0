using Microsoft.Extensions.Configuration;
using Shop.Insights.Experiments;
using Shop.Tests.Support;

namespace Shop.Tests.Unit.Insights;

public class PathConsistencyTests
{
    private static readonly string[] _expected = ["/cart", "/checkout", "/checkout/payment", "/orders/:orderId"];

    [Theory]
    [InlineData("/cart /checkout /checkout/payment /orders/:orderId", "/cart /checkout /checkout/payment /orders/:orderId")]
    [InlineData("/checkout /cart /checkout", "/cart /checkout")]
    [InlineData("/cart /checkout /orders/:orderId /cart", "/cart /checkout /orders/:orderId")]
    [InlineData("/checkout /orders/:orderId", "/checkout /orders/:orderId")]
    [InlineData("", "")]
    public void Path_is_compared_from_the_first_expected_page_to_the_last_one(string pages, string walk) =>
        Assert.Equal(Split(walk), PathConsistency.GetWalk(Split(pages), _expected));

    [Fact]
    public void Share_of_exact_paths_and_mean_distance_count_each_unit()
    {
        var figures = PathConsistency.Compare(
            [
                (_expected, 6), // exact
                (["/cart", "/checkout"], 2), // stopped early: half of the path is missing
                (["/cart", "/checkout", "/orders/:orderId"], 1), // the path of the other variant: a quarter is missing
                (["/cart", "/checkout", "/cart", "/checkout", "/checkout/payment", "/orders/:orderId"], 1), // went back: a third is more
            ],
            _expected)!;

        Assert.Equal((6, 0.6, 0.8), (figures.Exact, figures.ExactShare, figures.OnPathShare));
        Assert.Equal(((2 * 0.5) + 0.25 + (1 / 3.0)) / 10, figures.MeanDistance, precision: 12);
    }

    [Fact]
    public void Nothing_is_compared_without_units_or_without_expected_pages()
    {
        Assert.Null(PathConsistency.Compare([], _expected));
        Assert.Null(PathConsistency.Compare([(["/cart"], 1)], []));
    }

    [Fact]
    public void Expected_experiments_are_those_of_the_storefront()
    {
        var flags = new ConfigurationBuilder()
            .AddJsonFile(Path.Combine(Repository.Root, "Shop.Storefront", "appsettings.json"))
            .Build()
            .GetSection("feature_management:feature_flags")
            .GetChildren()
            .ToList();
        var expected = new ExperimentOptions().Expected;

        Assert.Equal(flags.Select(flag => flag["id"]).Order(), expected.Keys.Order());
        foreach (var flag in flags)
        {
            var variants = expected[flag["id"]!].Variants;
            Assert.Equal(flag["variants:0:name"], expected[flag["id"]!].Control);
            Assert.Equal(
                flag.GetSection("variants").GetChildren().Select(variant =>
                    (variant["name"]!, string.Join(", ", variant.GetSection("configuration_value:pages").Get<string[]>()!))),
                variants.Select(variant => (variant.Key, variant.Value.Pages)));
            var shares = flag.GetSection("allocation:percentile").GetChildren()
                .ToDictionary(share => share["variant"]!, share => share.GetValue<double>("to") - share.GetValue<double>("from"));
            Assert.All(variants, variant => Assert.Equal(
                shares[variant.Key] / shares.Values.Sum(), variant.Value.Share / variants.Values.Sum(other => other.Share)));
        }
    }

    [Theory]
    [InlineData("Share", "0")]
    [InlineData("Pages", null)]
    public void Setting_of_a_variant_that_is_not_valid_is_named(string setting, string? value)
    {
        var options = new ExperimentOptions();
        Assert.True(new ExperimentOptionsValidator().Validate(null, options).Succeeded);
        new ConfigurationBuilder()
            .AddInMemoryCollection([new($"Expected:checkout:Variants:one_page:{setting}", value ?? new string('x', 1001))])
            .Build()
            .Bind(options);

        var failure = new ExperimentOptionsValidator().Validate(null, options).FailureMessage;

        Assert.Contains($"checkout:Variants:one_page: ", failure, StringComparison.Ordinal);
        Assert.Contains(setting, failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Control_that_is_not_a_variant_is_named()
    {
        var options = new ExperimentOptions { Expected = { ["checkout"] = new() { Control = "one_paeg" } } };

        var failure = new ExperimentOptionsValidator().Validate(null, options).FailureMessage;

        Assert.Equal("Insights:Experiments:Expected:checkout:Control: 'one_paeg' is not one of the variants.", failure);
    }

    private static string[] Split(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
