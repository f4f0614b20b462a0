namespace Shop.Bench.Load;

/// <summary>Names of the measured read operations, as they appear in the report.</summary>
internal static class ReadScenarios
{
    public const string ProductList = "list of 20 products";
    public const string Product = "one product";
    public const string BaselineProductList = "list of 20 products, baseline API";
    public const string BaselineProduct = "one product, baseline API";
    public const string TunedProductList = "list of 20 products, tuned baseline API";
    public const string TunedProduct = "one product, tuned baseline API";
    public const string Cart = "cart with one line";
    public const string Order = "order";

    /// <summary>Settings of Npgsql that the tuned baseline API adds to its connection string.</summary>
    public const string TunedConnectionSettings = ";Max Auto Prepare=100;No Reset On Close=true";

    /// <summary>Returns the same read operation of the baseline API, or null if it has none.</summary>
    public static string? BaselineOf(string scenario) => scenario switch
    {
        ProductList => BaselineProductList,
        Product => BaselineProduct,
        _ => null,
    };

    /// <summary>Returns the same read operation of the tuned baseline API, or null if it has none.</summary>
    public static string? TunedBaselineOf(string scenario) => scenario switch
    {
        ProductList => TunedProductList,
        Product => TunedProduct,
        _ => null,
    };
}
