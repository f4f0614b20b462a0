namespace Shop.Catalog.Data;

/// <summary>Settings of the product catalog.</summary>
internal sealed class CatalogOptions
{
    /// <summary>The configuration section of these options.</summary>
    public const string Section = "Catalog";

    /// <summary>
    /// Whether an empty database gets the 24 demo products. By default it gets them in every environment but Production.
    /// </summary>
    public bool? DemoProducts { get; set; }
}
